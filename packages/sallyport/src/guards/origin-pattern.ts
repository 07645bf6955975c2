import { parseHostName } from "../protocol/host.ts";
import { parseOrigin, type ParsedOrigin } from "../protocol/origin.ts";

/** An entry of `origin.allow`, read. */
export interface OriginPattern {
  readonly scheme: string;
  /** A host name, or `*.` and the name behind it. */
  readonly host: string;
  readonly port: number | null;
}

/** What `parseOriginPattern` found: the pattern, or what is wrong with the text and how to mend it. */
export type ParsedOriginPattern =
  | { readonly ok: true; readonly pattern: OriginPattern }
  | { readonly ok: false; readonly problem: string };

const refuse = (problem: string): ParsedOriginPattern => ({ ok: false, problem });

const NOT_ORIGINS: ReadonlyMap<string, string> = new Map([
  ["*", "would let every page of the internet use a visitor's connection: list the origins of your pages"],
  ["null", "is what sandboxed frames and local files of anybody send: it can never be allowed"],
  ["file://", "is what every local file sends: it can never be allowed"],
]);

const EXAMPLE = "write it as https://app.example.com";

/** What the writer probably meant, if the text reads as a URL. */
function suggestion(text: string): string {
  const marked = text.replace("*.", "wildcard-label.");
  const url = URL.parse(marked.includes("://") ? marked : `https://${marked}`);
  if (url === null || !/^(?:http|ws)s?:$/.test(url.protocol)) return EXAMPLE;
  const host = url.host.replace("wildcard-label.", "*.").replace(/\.(?=:|$)/, "");
  const meant = `${url.protocol.replace("ws", "http")}//${host}`;
  return parseOrigin(meant.replace("://*.", "://")).kind === "origin" ? `write ${meant}` : EXAMPLE;
}

function malformed(text: string): ParsedOriginPattern {
  return refuse(
    `is not an origin (scheme, host, and port if it is not the usual one, nothing after): ${suggestion(text)}`,
  );
}

function checkWildcard(origin: Extract<ParsedOrigin, { kind: "origin" }>): string | null {
  if (/(?:^|\.)\d+$|\]$/.test(origin.host))
    return "has a wildcard in front of an IP address: list the addresses";
  if (origin.host.includes(".") || origin.host === "localhost") return null;
  return `would match every name under .${origin.host}: put at least two labels behind the wildcard`;
}

/**
 * Reads an entry of `origin.allow`: an origin as browsers write it (RFC 6454 6.2), or one with a leading `*.` label,
 * which stands for exactly one label and does not match the bare name. Refuses `*`, `null`, a path or a slash behind,
 * upper case, a missing scheme, WebSocket schemes (an origin is the page's), a wildcard anywhere else, and one in front
 * of an IP address or of a single label.
 */
export function parseOriginPattern(text: string): ParsedOriginPattern {
  const known = NOT_ORIGINS.get(text);
  if (known !== undefined) return refuse(known);
  const wildcard = text.includes("://*.");
  const origin = parseOrigin(text.replace("://*.", "://"));
  if (origin.kind !== "origin") return malformed(text);
  if (origin.scheme === "ws" || origin.scheme === "wss") {
    return refuse(`is the address of a socket, and an origin is that of the page: ${suggestion(text)}`);
  }
  const { scheme, host, port } = origin;
  if (!wildcard) return { ok: true, pattern: { scheme, host, port } };
  const problem = checkWildcard(origin);
  return problem === null ? { ok: true, pattern: { scheme, host: `*.${host}`, port } } : refuse(problem);
}

/** Whether a name is in a set that may hold `*.` names, each standing for exactly one label (as in RFC 6125 6.4.3). */
export function matchesName(name: string, names: ReadonlySet<string>): boolean {
  // Peers' names were parsed and hold no `*`; should one come, it must not equal a pattern.
  if (parseHostName(name) !== name) return false;
  const dot = name.indexOf(".");
  return names.has(name) || (dot > 0 && names.has(`*${name.slice(dot)}`));
}
