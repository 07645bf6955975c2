import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** A range of addresses that a CIDR text names. An IPv4-mapped IPv6 range (`::ffff:10.0.0.0/104`) is its IPv4 range. */
export interface AddressRange {
  /** The canonical text: the network address, `/`, the prefix length. */
  readonly cidr: string;
  readonly family: 4 | 6;
  /** Prefix length in bits: 0 to 32, or 0 to 128. */
  readonly prefix: number;
  /** The first and the last address as numbers, both within the range. */
  readonly first: bigint;
  readonly last: bigint;
}

/** What `parseRange` found: a range, or what is wrong with the text and how to mend it. */
export type ParsedRange =
  | { readonly ok: true; readonly range: AddressRange }
  | { readonly ok: false; readonly problem: string };

/** A set of address ranges that answers in logarithmic time. Immutable. */
export interface AddressTable {
  /** Ranges that are not inside another one of the set. */
  readonly size: number;
  /** The canonical CIDR text that covers this address, or `null`; also `null` for what is not an address. */
  find(address: string): string | null;
}

interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

interface Span<N extends number | bigint> {
  readonly first: N;
  readonly last: N;
  readonly cidr: string;
}

const BITS = { 4: 32, 6: 128 } as const;
const MAPPED = 0xffffn;
/** `::192.0.2.1`, the deprecated IPv4-compatible form (RFC 4291 2.5.5.1), which libraries read in two ways. */
const COMPATIBLE = /^::\d+\./;

/** The zone of a link-local address (`%eth0`, RFC 4007 11) says where it was heard, not who it is. */
function withoutZone(text: string): string {
  const at = text.indexOf("%");
  return at === -1 ? text : text.slice(0, at);
}

// `isIP` comes first: ipaddr.js alone also reads octal, hexadecimal and shortened IPv4 forms.
function parseAddress(text: string): Address | null {
  const family = isIP(text);
  if (family === 0 || text.includes("%") || COMPATIBLE.test(text)) return null;
  if (family === 4) return { family, value: ipv4Value(text) };
  const value = BigInt(`0x${Buffer.from(ipaddr.parse(text).toByteArray()).toString("hex")}`);
  return value >> 32n === MAPPED ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/** Four decimal numbers, as `isIP` has found. */
function ipv4Value(text: string): bigint {
  return BigInt(text.split(".").reduce((value, part) => value * 256 + Number(part), 0));
}

function formatAddress(family: 4 | 6, value: bigint): string {
  const bytes = Buffer.from(value.toString(16).padStart(BITS[family] / 4, "0"), "hex");
  return ipaddr.fromByteArray([...bytes]).toString();
}

function rangeOf(address: Address, prefix: number): AddressRange {
  const free = BigInt(BITS[address.family] - prefix);
  const first = (address.value >> free) << free;
  const cidr = `${formatAddress(address.family, first)}/${prefix}`;
  return { cidr, family: address.family, prefix, first, last: first + (1n << free) - 1n };
}

function problem(text: string, why: string): ParsedRange {
  return { ok: false, problem: `${JSON.stringify(text.slice(0, 100))} ${why}` };
}

function parsePrefix(text: string): number | null {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : null;
}

/** The whole text was read as IPv4 through the mapped form: its prefix counts from the 96 bits in front. */
function mappedBits(text: string, address: Address): number {
  return address.family === 4 && text.includes(":") ? 96 : 0;
}

/**
 * Reads an address or a CIDR range such as `192.0.2.7`, `10.0.0.0/8` or `2001:db8::/32` (RFC 4632, RFC 4291 2.3).
 * Refuses octal, hexadecimal and shortened IPv4 forms, zones, the deprecated `::192.0.2.1`, and a range with bits
 * set behind its prefix, for which it names the range that was probably meant.
 */
export function parseRange(text: string): ParsedRange {
  const slash = text.indexOf("/");
  const host = slash === -1 ? text : text.slice(0, slash);
  const address = parseAddress(host);
  if (address === null) return problem(text, "is not an IP address or a CIDR range such as 10.0.0.0/8");
  if (slash === -1) return { ok: true, range: rangeOf(address, BITS[address.family]) };
  const written = parsePrefix(text.slice(slash + 1));
  const bits = mappedBits(host, address);
  const greatest = BITS[address.family] + bits;
  if (written === null || written > greatest) {
    return problem(text, `needs a prefix length from 0 to ${greatest} after the slash`);
  }
  if (written < bits) return problem(text, "reaches past the IPv4-mapped addresses: write /96 or more");
  const range = rangeOf(address, written - bits);
  if (range.first === address.value) return { ok: true, range };
  return problem(text, `has bits set behind its prefix: write ${range.cidr}`);
}

/**
 * Whom an address counts as. An IPv6 /64 is one client, since one subscriber is given the whole of it (RFC 6177);
 * an IPv4-mapped address is its IPv4 address. The result can be banned as it is. What is not an address
 * is `unknown`, so that all of them share one limit.
 */
export function addressKey(address: string): string {
  const parsed = parseAddress(withoutZone(address));
  if (parsed === null) return "unknown";
  return parsed.family === 4 ? formatAddress(4, parsed.value) : rangeOf(parsed, 64).cidr;
}

/** The subnet that an address is in, as CIDR text; `null` for what is not an address. @param prefixes in bits, by family */
export function subnetOf(
  address: string,
  prefixes: { readonly 4: number; readonly 6: number },
): string | null {
  const parsed = parseAddress(withoutZone(address));
  return parsed === null ? null : rangeOf(parsed, prefixes[parsed.family]).cidr;
}

/** An address as its range of one, for exact comparison; `null` for what is not an address. Drops a zone. */
export function rangeOfAddress(address: string): AddressRange | null {
  const parsed = parseAddress(withoutZone(address));
  return parsed === null ? null : rangeOf(parsed, BITS[parsed.family]);
}

// CIDR ranges nest or are apart, so once those inside another are left out, the rest is disjoint and sorted.
function spans<N extends number | bigint>(
  ranges: readonly AddressRange[],
  number: (value: bigint) => N,
): Span<N>[] {
  const sorted = ranges.toSorted((a, b) =>
    a.first === b.first ? a.prefix - b.prefix : a.first < b.first ? -1 : 1,
  );
  const kept: Span<N>[] = [];
  for (const { first, last, cidr } of sorted) {
    const before = kept.at(-1);
    if (before === undefined || before.last < first)
      kept.push({ first: number(first), last: number(last), cidr });
  }
  return kept;
}

function search<N extends number | bigint>(sorted: readonly Span<N>[], value: N): string | null {
  let low = 0;
  let high = sorted.length;
  let middle = high >>> 1;
  for (let span = sorted[middle]; span !== undefined && low < high; span = sorted[middle]) {
    if (value < span.first) high = middle;
    else if (value > span.last) low = middle + 1;
    else return span.cidr;
    middle = (low + high) >>> 1;
  }
  return null;
}

/**
 * Makes a table of ranges. Of nested ranges the widest answers.
 * Throws a `RangeError` for a text that `parseRange` refuses: configuration is checked before.
 */
export function createAddressTable(texts: readonly string[]): AddressTable {
  const ranges = texts.map((text) => {
    const parsed = parseRange(text);
    if (!parsed.ok) throw new RangeError(parsed.problem);
    return parsed.range;
  });
  const four = spans(
    ranges.filter(({ family }) => family === 4),
    Number,
  );
  const six = spans(
    ranges.filter(({ family }) => family === 6),
    (value) => value,
  );
  const find = (text: string): string | null => {
    if (ranges.length === 0) return null;
    const address = parseAddress(withoutZone(text));
    if (address === null) return null;
    return address.family === 4 ? search(four, Number(address.value)) : search(six, address.value);
  };
  return { size: four.length + six.length, find };
}
