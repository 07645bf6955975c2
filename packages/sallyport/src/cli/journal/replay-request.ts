import { isFieldValue } from "../../protocol/request-head.ts";
import { isToken } from "../../protocol/token.ts";
import type { ReplayRequest } from "./replay-client.ts";
import type { ReplayPlan } from "./replay-plan.ts";

/** What whoever replays gives for the handshake. */
export interface RequestOptions {
  readonly origin?: string;
  readonly header: readonly string[];
  readonly subprotocol: readonly string[];
  readonly token?: string;
}

/** A handshake for a test server and what to say about it, or what is wrong with what was given. */
export type RequestRead =
  | { readonly ok: true; readonly request: ReplayRequest; readonly notes: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** The handshake itself writes these. */
const OWN: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "transfer-encoding",
  "upgrade",
]);

const HOW: Readonly<Record<string, string>> = {
  authorization: "a token in Authorization: --token TOKEN gives one",
  subprotocol: "a token in a subprotocol entry: --subprotocol gives one, or --token",
  cookie: "a cookie: --header 'Cookie: name=value' gives one",
  query: "a token in the query: write it into the URL of --to",
  certificate: "a certificate, which is not replayed: let the test server know clients otherwise",
  ticket:
    "a ticket, good for once: fetch another one, and write it into the URL of --to or into --subprotocol",
};

/** Makes the handshake: as it was then, where it is recorded and nothing else is asked for. */
export function readRequest(
  url: URL,
  { open }: Pick<ReplayPlan, "open">,
  options: RequestOptions,
): RequestRead {
  const { token, header } = options;
  const headers: (readonly [string, string])[] = [];
  for (const line of header) {
    const at = line.indexOf(":");
    const [name, value] = [line.slice(0, at), line.slice(at + 1).trim()];
    if (at < 1 || !isToken(name) || !isFieldValue(value))
      return { ok: false, problem: "--header: expected a field such as 'Cookie: name=value'" };
    if (OWN.has(name.toLowerCase()))
      return { ok: false, problem: `--header: the handshake itself writes ${name}` };
    headers.push([name, value]);
  }
  const wrong = options.subprotocol.find((name) => !isToken(name));
  if (wrong !== undefined) return { ok: false, problem: "--subprotocol: expected a token such as chat.v1" };
  if (token !== undefined && !isFieldValue(token))
    return { ok: false, problem: "--token: expected a token without spaces around it" };
  const isGiven = headers.some(([name]) => name.toLowerCase() === "origin");
  const origin = options.origin ?? (isGiven ? "none" : (open?.origin ?? "none"));
  if (!isFieldValue(origin)) return { ok: false, problem: "--origin: expected an origin, or none" };
  if (origin !== "none") headers.push(["Origin", origin]);
  if (token !== undefined) headers.push(["Authorization", `Bearer ${token}`]);
  const recorded = open?.subprotocol ?? null;
  const subprotocols = options.subprotocol.length > 0 || recorded === null ? options.subprotocol : [recorded];
  const target = new URL(url);
  if (target.pathname === "/" && open !== null) target.pathname = open.path;
  return { ok: true, request: { url: target, headers, subprotocols }, notes: notesOf(open, options) };
}

function notesOf(
  open: ReplayPlan["open"],
  { token, header, subprotocol }: RequestOptions,
): readonly string[] {
  if (open === null)
    return ["its handshake is not recorded: Origin, path and subprotocol are those that you give"];
  const { arrival } = open;
  const given = token !== undefined || header.length > 0 || subprotocol.length > 0;
  const query = "the query of its path is not recorded";
  const credential = arrival?.caller?.credential ?? null;
  const how = credential === null ? undefined : HOW[credential];
  if (how !== undefined && !given)
    return [`${query}; nor are credentials: the client proved who it was with ${how}`];
  const cookie = arrival?.cookie === true && !given ? "; nor are cookies, of which it had some" : "";
  return cookie === "" ? [] : [`${query}${cookie}: --header 'Cookie: name=value' gives them`];
}
