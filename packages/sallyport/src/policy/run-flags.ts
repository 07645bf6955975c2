import type { Finding } from "./config-issues.ts";

/** The file that commands look for where nothing says another. */
export const DEFAULT_CONFIG = "sallyport.yaml";

/** The flags of `sallyport run`, as the command line gives them. */
export interface RunFlags {
  readonly config?: string;
  /** HOST:PORT. */
  readonly listen?: string;
  /** The upstream's URL. */
  readonly to?: string;
  readonly origin: readonly string[];
  readonly identity?: string;
  readonly jwks?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** `off`, `development` or `CERT,KEY`. */
  readonly tls?: string;
  /** A directory, or `off`. */
  readonly journal?: string;
  /** HOST:PORT. */
  readonly admin?: string;
  readonly workers?: string;
}

/** More than any machine has use for; each takes some 60 MB. */
const MAX_WORKERS = 256;

/** Flags as a configuration, with what no configuration could say. */
export interface FlagConfig {
  readonly value: unknown;
  readonly findings: readonly Finding[];
}

/** Whether any flag says what to serve, instead of `--config`. */
export function describesGate(flags: RunFlags): boolean {
  const { listen, to, origin, identity, jwks, issuer, audience, tls, journal, admin } = flags;
  const given = [listen, to, identity, jwks, issuer, audience, tls, journal, admin];
  return origin.length > 0 || given.some((flag) => flag !== undefined);
}

/**
 * One listener and one route for every path, from flags. A flag that was not given is a key that was not written.
 *
 * @param journalKeyFile the master key of a journal; no flag says another
 */
export function configFromFlagValues(flags: RunFlags, journalKeyFile?: string): FlagConfig {
  const { listen, to, origin, admin } = flags;
  const route = {
    path: "/",
    ...defined("upstream", to),
    ...(origin.length > 0 ? { origin: { allow: origin } } : {}),
    ...identityOf(flags),
  };
  const value = {
    version: 1,
    listen: [{ ...defined("address", listen), ...tlsOf(flags.tls) }],
    ...(admin === undefined ? {} : { admin: { address: admin } }),
    ...journalOf(flags, journalKeyFile),
    routes: [route],
  };
  return { value, findings: [...checkIdentity(flags), ...checkWorkers(flags)] };
}

function defined(key: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [key]: value };
}

function tlsOf(text: string | undefined): Readonly<Record<string, unknown>> {
  const [certificate, key, ...rest] = text?.split(",") ?? [];
  return { ...defined("tls", key === undefined || rest.length > 0 ? text : { certificate, key }) };
}

function identityOf({ identity, jwks, issuer, audience }: RunFlags): Readonly<Record<string, unknown>> {
  if (identity === "development") return { identity: { jwt: identity } };
  if (identity !== undefined) return { identity };
  const jwt = { ...defined("jwks", jwks), ...defined("issuer", issuer), ...defined("audience", audience) };
  return Object.keys(jwt).length === 0 ? {} : { identity: { jwt } };
}

function checkIdentity({ identity, jwks, issuer, audience }: RunFlags): readonly Finding[] {
  const tokens = [jwks, issuer, audience].some((flag) => flag !== undefined);
  if (identity === undefined || !tokens) return [];
  const mend = "Take `--identity anonymous` out, or the three others";
  const expected =
    "either `--identity anonymous` (or `development`) or `--jwks`, `--issuer` and `--audience`";
  return [{ path: ["routes", 0, "identity"], found: "both", expected, mend }];
}

/** Whether `--journal` asks for one. */
export function wantsJournal({ journal }: RunFlags): boolean {
  return journal !== undefined && journal !== "off";
}

function journalOf(flags: RunFlags, keyFile: string | undefined): Readonly<Record<string, unknown>> {
  if (!wantsJournal(flags)) return {};
  return { journal: { directory: flags.journal, ...defined("keyFile", keyFile) } };
}

/** Processes that carry connections; `null` where the flag is no number from 1 to 256. Default 1: the command's own. */
export function workersOf({ workers = "1" }: RunFlags): number | null {
  const count = /^[1-9]\d{0,2}$/.test(workers) ? Number(workers) : Infinity;
  return count <= MAX_WORKERS ? count : null;
}

/** What is wrong with `--workers`, which is a flag beside `--config`, too. */
export function checkWorkers(flags: RunFlags): readonly Finding[] {
  if (workersOf(flags) !== null) return [];
  const found = `the string ${JSON.stringify(flags.workers)}`;
  const expected = `a number of workers from 1 to ${MAX_WORKERS}`;
  return [{ path: ["workers"], found, expected, mend: "Write: --workers 4, or leave it out" }];
}

const FLAGS: readonly (readonly [pattern: RegExp, flag: string])[] = [
  [/^listen\[0\]\.address/, "--listen"],
  [/^listen\[0\]\.tls/, "--tls"],
  [/^routes\[0\]\.upstream/, "--to"],
  [/^routes\[0\]\.origin/, "--origin"],
  [/^routes\[0\]\.identity\.jwt\.issuer/, "--issuer"],
  [/^routes\[0\]\.identity\.jwt\.audience/, "--audience"],
  [/^routes\[0\]\.identity\.jwt/, "--jwks"],
  [/^routes\[0\]\.identity/, "--identity"],
  [/^admin/, "--admin"],
  [/^journal/, "--journal"],
  [/^workers/, "--workers"],
];

/** The flag that a key path of `configFromFlagValues` came from; the path itself where there is none. */
export function flagOf(path: string): string {
  return FLAGS.find(([pattern]) => pattern.test(path))?.[1] ?? path;
}

const MENDS: ReadonlyMap<string, string> = new Map([
  ["--listen", "Write: --listen 127.0.0.1:8443"],
  ["--to", "Write: --to ws://127.0.0.1:3000"],
  [
    "--identity",
    "Write --identity anonymous if nobody needs to be known, or --jwks URL --issuer URL --audience NAME",
  ],
  ["--journal", "Write: --journal ./journal"],
  ["--tls", "Write --tls development, --tls CERT.pem,KEY.pem, or on loopback --tls off"],
]);

/** What to write on the command line; `null` where what is said of the configuration says it as well. */
export function mendOfFlag(flag: string): string | null {
  return MENDS.get(flag) ?? null;
}
