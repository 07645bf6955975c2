import { Buffer } from "node:buffer";
import { isIPv4, isIPv6 } from "node:net";
import type { HeaderList } from "../protocol/header-list.ts";
import { parseHost } from "../protocol/host.ts";
import type { AddressTable } from "./address-table.ts";

/** The one header from which hops are read: a listener believes a single kind, never both. */
export type ForwardedHeader = "forwarded" | "x-forwarded-for";

/** What a request says about its way, and whom we trust about it. */
export interface ClientAddressInput {
  /** The address at the other end of our socket. */
  readonly socketAddress: string;
  /** Whether our socket is TLS. */
  readonly socketSecure: boolean;
  readonly headers: HeaderList;
  /** Proxies that are believed. */
  readonly trusted: AddressTable;
  readonly header: ForwardedHeader;
}

/** Who the client is, as far as it can be believed. */
export interface BelievedClient {
  readonly address: string;
  /** Whether the client's side is TLS: at our socket, or at the trusted proxy that the client reached. */
  readonly secure: boolean;
  /** The host and port that the client asked a trusted proxy for, not yet checked against any list. */
  readonly host?: string;
}

/** One hop as a proxy told it; `null`: the proxy says nothing (usable) about that. */
interface Hop {
  readonly address: string | null;
  readonly proto: string | null;
  readonly host: string | null;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PORT = /^(?:\d{1,5}|_[A-Za-z0-9._-]+)$/;

/**
 * The elements of a list field, last first. Quotes are paired from the right: an open quote that a client planted
 * on the left cannot swallow what the proxy appended behind it.
 */
function* elementsFromRight(lines: readonly string[]): Generator<string> {
  for (const line of lines.toReversed()) {
    let end = line.length;
    let inQuotes = false;
    for (let index = line.length - 1; index >= 0; index -= 1) {
      const character = line[index];
      if (character === '"') inQuotes = !inQuotes;
      if (character !== "," || inQuotes) continue;
      yield line.slice(index + 1, end);
      end = index;
    }
    yield line.slice(0, end);
  }
}

/** An address with or without a port; IPv6 in brackets, or bare where `bareIpv6` says so. `null` for anything else. */
function addressOfNode(node: string, bareIpv6: boolean): string | null {
  if (isIPv6(node)) return bareIpv6 && !node.includes("%") ? node : null;
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(.*))?$/.exec(node);
  if (match === null) return null;
  const [, bracketed, plain = "", port] = match;
  if (port !== undefined && !PORT.test(port)) return null;
  if (bracketed !== undefined) return isIPv6(bracketed) ? bracketed : null;
  return isIPv4(plain) ? plain : null;
}

/** A parameter's value: a token, or a quoted string. None that a proxy has reason to send needs a backslash. */
function unquote(value: string): string | null {
  if (!value.startsWith('"')) return TOKEN.test(value) ? value : null;
  const inner = value.slice(1, -1);
  return value.length > 1 && value.endsWith('"') && !/["\\]/.test(inner) ? inner : null;
}

function splitPairs(element: string): string[] {
  const pairs: string[] = [];
  let start = 0;
  let inQuotes = false;
  for (let index = 0; index < element.length; index += 1) {
    if (element[index] === '"') inQuotes = !inQuotes;
    if (element[index] !== ";" || inQuotes) continue;
    pairs.push(element.slice(start, index));
    start = index + 1;
  }
  return [...pairs, element.slice(start)];
}

/** An element of `Forwarded` (RFC 7239 4), or `null` when it is malformed or says one thing twice. */
function parseForwardedElement(element: string): Hop | null {
  const found = new Map<string, string>();
  for (const pair of splitPairs(element.trim())) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    const value = unquote(pair.slice(equals + 1).trim());
    if (!TOKEN.test(name) || value === null || found.has(name)) return null;
    found.set(name, value);
  }
  return {
    address: addressOfNode(found.get("for") ?? "", false),
    proto: found.get("proto") ?? null,
    host: found.get("host") ?? null,
  };
}

/** The hops, nearest first, up to and without the first malformed one. */
function* hopsOf(header: ForwardedHeader, headers: HeaderList): Generator<Hop> {
  for (const element of elementsFromRight(headers.all(header))) {
    const hop =
      header === "forwarded"
        ? parseForwardedElement(element)
        : { address: addressOfNode(element.trim(), true), proto: null, host: null };
    if (hop === null) return;
    yield hop;
  }
}

/** The value that the n-th proxy from here wrote into a companion list; proxies that pass it on unchanged leave fewer. */
function companion(headers: HeaderList, name: string, hops: number): string | null {
  const values = [...elementsFromRight(headers.all(name))].slice(0, Math.max(hops, 1));
  return values.at(-1)?.trim() ?? null;
}

function isSecure(proto: string | null, otherwise: boolean): boolean {
  switch (proto?.toLowerCase()) {
    case "https":
    case "wss":
      return true;
    case undefined:
      return otherwise;
    default:
      return false;
  }
}

function believed(found: string, secure: boolean, host: string | null): BelievedClient {
  // A copy: a piece of the header would keep the whole of it, and the address lives as long as its connection.
  const address = Buffer.from(found, "latin1").toString("latin1");
  return host !== null && parseHost(host).ok ? { address, secure, host } : { address, secure };
}

/**
 * Finds the client behind trusted proxies. Hops are read from right to left, each written by the trusted proxy
 * before it, until one names an address that is not trusted: that is the client. A hop that is malformed, `unknown` or
 * obfuscated (RFC 7239 6.3) ends the walk at the last address known. Forwarding headers of a peer that is
 * not trusted count for nothing. With `forwarded`, scheme and host come from the same header (`proto=`, `host=`);
 * with `x-forwarded-for`, from `X-Forwarded-Proto` and `X-Forwarded-Host`. Linear in the length of the headers.
 */
export function believedClient(input: ClientAddressInput): BelievedClient {
  const { socketAddress, socketSecure, headers, trusted, header } = input;
  let address = socketAddress;
  let proto: string | null = null;
  let host: string | null = null;
  let hops = 0;
  if (trusted.find(address) === null) return { address, secure: socketSecure };
  for (const hop of hopsOf(header, headers)) {
    proto = hop.proto;
    host = hop.host;
    if (hop.address === null) break;
    address = hop.address;
    hops += 1;
    if (trusted.find(address) === null) break;
  }
  if (header === "x-forwarded-for") {
    proto = companion(headers, "x-forwarded-proto", hops);
    host = companion(headers, "x-forwarded-host", hops);
  }
  return believed(address, isSecure(proto, socketSecure), host);
}
