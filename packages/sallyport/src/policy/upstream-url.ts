import { isAbsolute, resolve } from "node:path";
import { isLoopback } from "../guards/loopback.ts";

/** Where an upstream is, as its URL says. */
export interface UpstreamTarget {
  readonly kind: "tcp" | "unix";
  readonly secure: boolean;
  /** Without brackets; `localhost` for a Unix socket. */
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Absolute; `null` unless `kind` is `unix`. */
  readonly socketPath: string | null;
  /** What is put before the path of a request; empty for none, never ends with a slash. */
  readonly pathPrefix: string;
}

/** What was read from an upstream URL, or what is wrong with it. */
export type UpstreamParse =
  | { readonly ok: true; readonly target: UpstreamTarget }
  | { readonly ok: false; readonly expected: string; readonly mend: string };

const EXPECTED = "an upstream such as ws://127.0.0.1:3000, wss://app.internal or unix:/run/app.sock";

function refuse(mend: string): UpstreamParse {
  return { ok: false, expected: EXPECTED, mend };
}

const SCHEME_MENDS: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:" };

/**
 * Reads `ws://host[:port][/prefix]`, `wss://…` or `unix:/socket[:/prefix]`. A relative socket path is relative to
 * `base`. Refuses user names and passwords, queries and fragments, and other schemes.
 */
export function parseUpstream(text: string, base: string): UpstreamParse {
  if (text.startsWith("unix:")) return parseUnix(text, base);
  const url = URL.parse(text);
  if (url === null) return refuse("");
  const scheme = SCHEME_MENDS[url.protocol];
  if (scheme !== undefined) return refuse(`Write: ${scheme}${text.slice(url.protocol.length)}`);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") return refuse("");
  if (url.username !== "" || url.password !== "") return refuse("Take the user name and password out.");
  if (url.search !== "" || url.hash !== "" || text.includes("?") || text.includes("#"))
    return refuse("Take the query and the fragment out: the client's own query is passed on.");
  return { ok: true, target: tcpTarget(url) };
}

function tcpTarget(url: URL): UpstreamTarget {
  const secure = url.protocol === "wss:";
  const fallback = secure ? 443 : 80;
  return {
    kind: "tcp",
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? fallback : Number(url.port),
    socketPath: null,
    pathPrefix: withoutTrailingSlash(url.pathname),
  };
}

function parseUnix(text: string, base: string): UpstreamParse {
  const match = /^unix:([^:\0]+)(?::(\/[^?#\s]*))?$/.exec(text);
  const socket = match?.[1];
  if (socket === undefined || socket.startsWith("//")) return refuse("Write: unix:/run/app.sock");
  return {
    ok: true,
    target: {
      kind: "unix",
      secure: false,
      host: "localhost",
      port: 0,
      socketPath: isAbsolute(socket) ? socket : resolve(base, socket),
      pathPrefix: withoutTrailingSlash(match?.[2] ?? ""),
    },
  };
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Whether messages would cross a network unencrypted on their way to this upstream. */
export function isPlaintextUpstream(target: UpstreamTarget): boolean {
  return target.kind === "tcp" && !target.secure && !isLoopback(target.host);
}
