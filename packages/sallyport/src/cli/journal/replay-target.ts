import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { addressKey } from "../../guards/address-table.ts";
import { isLoopback } from "../../guards/loopback.ts";
import type { Config } from "../../policy/effective-config.ts";

/** Where recorded messages may be sent. */
export interface TargetQuestion {
  readonly url: URL;
  /** The gate that recorded them; `null`: nobody said which one. */
  readonly config: Pick<Config, "routes" | "listeners"> | null;
  /** The host that the client asked for; `null`: it is not recorded. */
  readonly originalHost: string | null;
  /** The host that whoever asks typed, to say that they mean the original. */
  readonly yesOriginal: string | undefined;
  /** They mean another machine. */
  readonly yesRemote: boolean;
}

/** The addresses of a name; empty where there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Where messages are sent, by these addresses and no others; or why they are not. */
export type TargetChecked =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly problem: string };

interface Endpoint {
  readonly host: string;
  /** `null`: any. */
  readonly port: number | null;
  readonly what: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "ws:": 80, "wss:": 443 };
const ANY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/**
 * Whether messages are sent there. Refused are: what was the upstream, or the gate itself, by its name or by
 * any of its addresses; where nobody says what that was; and any other machine. Each has its own yes.
 */
export async function checkTarget(
  question: TargetQuestion,
  resolve: Resolve = resolveHost,
): Promise<TargetChecked> {
  const host = bare(question.url.hostname);
  // Once: what is connected to is what was looked at.
  const addresses = await resolve(host);
  const again: Resolve = (asked) => (asked === host ? Promise.resolve(addresses) : resolve(asked));
  const problem = await problemOf(question, addresses, again);
  return problem === null ? { ok: true, addresses } : { ok: false, problem };
}

async function problemOf(
  question: TargetQuestion,
  addresses: readonly string[],
  resolve: Resolve,
): Promise<string | null> {
  const { url, yesOriginal, yesRemote } = question;
  const host = bare(url.hostname);
  if (yesOriginal !== undefined)
    return yesOriginal === host ? null : `--yes-original: expected ${host}, the host of --to, to be typed`;
  const original = await findOriginal(question, resolve);
  if (original !== null)
    return `${url.host} is ${original}: what was done once would be done again. Send it to a test server; or type --yes-original ${host}`;
  const isHere = addresses.length > 0 && addresses.every((address) => isLoopback(address));
  if (isHere || yesRemote) return null;
  return `${url.host} is another machine, and what is sent is what people wrote: use --yes-remote if it may see that`;
}

/** What of the original the target is, in words; `null`: none. */
async function findOriginal(
  { url, config, originalHost }: TargetQuestion,
  resolve: Resolve,
): Promise<string | null> {
  if (config === null)
    return "perhaps the original upstream, since no configuration says where that is (--config says it)";
  const upstreams = config.routes.map(({ upstream: { target } }): Endpoint | null =>
    target.kind === "unix" ? null : { host: target.host, port: target.port, what: "an upstream of the gate" },
  );
  const gates = config.listeners.map(({ host, port }): Endpoint => ({ host, port, what: "the gate itself" }));
  // On a name of this machine a test server is as likely as the gate, whose ports are known.
  const isNamed = originalHost !== null && originalHost !== "" && !isLoopback(bare(originalHost));
  const asked = isNamed
    ? [{ host: bare(originalHost), port: null, what: "the host that the client asked for" }]
    : [];
  const port = url.port === "" ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
  const own = await placesOf(bare(url.hostname), resolve);
  for (const endpoint of [...upstreams, ...gates, ...asked]) {
    if (endpoint === null || (endpoint.port !== null && endpoint.port !== port)) continue;
    const places = await placesOf(endpoint.host, resolve);
    if ([...places].some((place) => own.has(place))) return endpoint.what;
  }
  return null;
}

/** Everything that a host is known by: its name, and its addresses. */
async function placesOf(host: string, resolve: Resolve): Promise<ReadonlySet<string>> {
  if (ANY_ADDRESS.has(host)) return new Set(["loopback", ...ownAddresses()]);
  const addresses = await resolve(host);
  const isHere =
    isLoopback(host) || addresses.some((address) => isLoopback(address) || ANY_ADDRESS.has(address));
  return new Set([host.toLowerCase(), ...addresses, ...(isHere ? ["loopback"] : [])]);
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
}

async function resolveHost(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  return await lookup(host, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );
}

/** Without brackets; an IPv4 address in IPv6 (RFC 4291 2.5.5.2) as itself, since it is the same machine. */
function bare(host: string): string {
  const inner = host.replace(/^\[(.*)\]$/, "$1");
  const key = isIP(inner) === 6 ? addressKey(inner) : inner;
  return isIP(key) === 4 ? key : inner;
}
