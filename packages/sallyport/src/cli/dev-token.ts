import { DEVELOPMENT_ISSUER } from "../guards/development-issuer.ts";
import { duration } from "../quantity.ts";
import { dataDirectory } from "../hosts/data-directory.ts";
import { RESERVED_CLAIMS, signDevelopmentToken } from "../hosts/development-issuer.ts";
import { asMapping } from "../policy/raw-config.ts";
import { problemOf } from "../problem-of.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** What `dev-token` takes. */
export interface DevTokenOptions {
  readonly user: string;
  /** JSON. */
  readonly claims: string;
  readonly audience: readonly string[];
  /** Such as `1h`. */
  readonly life: string;
  /** Write one JSON object to standard output instead of the token alone. */
  readonly json: boolean;
}

/** Longer than any development takes between two tokens, milliseconds. */
const LONGEST_LIFE_MS = 30 * 86_400_000;

function readClaims(text: string): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `--claims: expected a JSON object, such as --claims '{"rooms":["attic"]}'`;
  }
  const claims = asMapping(value);
  if (claims === null) return `--claims: expected a JSON object, such as --claims '{"rooms":["attic"]}'`;
  const reserved = RESERVED_CLAIMS.find((name) => Object.hasOwn(claims, name));
  return reserved === undefined
    ? claims
    : `--claims: the issuer writes \`${reserved}\` itself: use --user, --audience and --life`;
}

function readLife(text: string): number | string {
  const parsed = duration.safeParse(text);
  const lifeMs = parsed.success ? parsed.data : 0;
  return lifeMs >= 1000 && lifeMs <= LONGEST_LIFE_MS
    ? lifeMs
    : "--life: expected from 1s to 30d, such as --life 1h";
}

/**
 * `sallyport dev-token`: prints a token of this machine's development issuer, which routes with `identity: { jwt: development }`
 * accept. Exit code 0, or 2 with what is wrong with the flags or the issuer's files.
 */
export async function devToken(
  options: DevTokenOptions,
  terminal: Terminal,
  wallNow: number = Date.now(),
): Promise<number> {
  const { user, audience, json } = options;
  const [claims, lifeMs] = [readClaims(options.claims), readLife(options.life)];
  if (user === "") return fail(terminal, "--user: expected a name");
  if (typeof claims === "string") return fail(terminal, claims);
  if (typeof lifeMs === "string") return fail(terminal, lifeMs);
  try {
    const token = await signDevelopmentToken(dataDirectory("development-issuer"), {
      user,
      claims,
      audience,
      lifeMs,
      wallNow,
    });
    const expiresAt = new Date(wallNow + lifeMs).toISOString();
    terminal.out(
      json ? `${JSON.stringify({ token, issuer: DEVELOPMENT_ISSUER, user, expiresAt })}\n` : `${token}\n`,
    );
    return exitCodes.done;
  } catch (error) {
    return fail(terminal, problemOf(error));
  }
}

function fail(terminal: Terminal, message: string): number {
  terminal.err(`error ${message}\n`);
  return exitCodes.usage;
}
