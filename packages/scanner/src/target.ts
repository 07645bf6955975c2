import { BlockList, isIP } from "node:net";
import { findAddress } from "./probe/find-address.ts";
import { problemOf } from "./problem-of.ts";

/** What is scanned: one endpoint, at one address that does not change during the scan. */
export interface Target {
  /** `ws:` or `wss:`. */
  readonly url: URL;
  readonly isTls: boolean;
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  /** What the host resolved to, once. Empty where it has none. */
  readonly address: string;
  /** Why it has no address; empty where it has one. */
  readonly problem: string;
  readonly isLoopback: boolean;
  /** On this machine, or on a network that no page of the internet is in. */
  readonly isLocal: boolean;
  /** The `Host` header. */
  readonly authority: string;
  /** The origin of a page that the endpoint's own host would serve (RFC 6454). */
  readonly ownOrigin: string;
}

const SCHEMES = new Map([
  ["ws:", "ws:"],
  ["wss:", "wss:"],
  ["http:", "ws:"],
  ["https:", "wss:"],
]);

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Networks that no page of the internet is in. */
const local = new BlockList();
local.addSubnet("10.0.0.0", 8, "ipv4");
local.addSubnet("172.16.0.0", 12, "ipv4");
local.addSubnet("192.168.0.0", 16, "ipv4");
local.addSubnet("169.254.0.0", 16, "ipv4");
local.addSubnet("fc00::", 7, "ipv6");
local.addSubnet("fe80::", 10, "ipv6");

/** Reads a URL: `ws:`, `wss:`, `http:` or `https:`, for which the latter stand. Throws an error that says what is wrong with it. */
export function parseTargetUrl(text: string): URL {
  if (!URL.canParse(text))
    throw new Error(`${JSON.stringify(text)} is not a URL, such as wss://app.example.com/chat`);
  const given = new URL(text);
  const scheme = SCHEMES.get(given.protocol);
  if (scheme === undefined)
    throw new Error(`${given.protocol} is not scanned: give a ws:, wss:, http: or https: URL`);
  const url = new URL(`${scheme}${given.href.slice(given.protocol.length)}`);
  if (url.username !== "" || url.password !== "")
    throw new Error("a URL with a password in it is not scanned: use --header");
  url.hash = "";
  return url;
}

/** Finds a URL's address. Where its host has none, the target says so, and nothing of it can be tested. */
export async function resolveTarget(url: URL): Promise<Target> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isTls = url.protocol === "wss:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  const found = await findAddress(host, port).then(
    (address) => ({ address, problem: "" }),
    (error: unknown) => ({ address: "", problem: problemOf(error) }),
  );
  const isIn = (list: BlockList): boolean =>
    isIP(found.address) !== 0 && list.check(found.address, isIP(found.address) === 6 ? "ipv6" : "ipv4");
  return {
    url,
    isTls,
    host,
    port,
    path: `${url.pathname}${url.search}`,
    ...found,
    isLoopback: isIn(loopback),
    isLocal: isIn(loopback) || isIn(local),
    authority: url.host,
    ownOrigin: `${isTls ? "https" : "http"}://${url.host}`,
  };
}
