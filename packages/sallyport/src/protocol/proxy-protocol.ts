import { Buffer } from "node:buffer";
import { parseHostName } from "./host.ts";

/** Whom a proxy in front accepted the connection from. */
export interface ProxiedSource {
  /** IPv4 or IPv6 in its shortest form, without brackets. */
  readonly address: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** What {@link parseProxyHeader} finds at the beginning of a connection. */
export type ProxyHeader =
  /** All of it may still become a header. */
  | { readonly status: "incomplete" }
  | {
      readonly status: "complete";
      /** Bytes of the header; what follows them is the connection's own. */
      readonly length: number;
      /** `null`: the proxy speaks for itself (`LOCAL`, a health check), or knows no internet address (`UNKNOWN`, Unix sockets). */
      readonly source: ProxiedSource | null;
    }
  /** @property detail for the operator; quotes none of the bytes */
  | { readonly status: "invalid"; readonly detail: string };

/** Version 1: the longest line that can be (specification 2.1, two IPv6 addresses, or `UNKNOWN` with such), CRLF included. */
export const MAX_V1_BYTES = 107;

/**
 * Version 2: 4 KiB with the 16 fixed bytes. The longest addresses (Unix, 216 bytes) leave room for what proxies attach:
 * identifiers, and the names and certificate subjects of a TLS connection. The length field alone would allow 64 KiB.
 */
export const MAX_V2_BYTES = 4096;

const V1_BEGIN = Buffer.from("PROXY ", "latin1");
const V2_BEGIN = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const V2_FIXED_BYTES = 16;

/** `PP2_TYPE_CRC32C` (specification 2.2.3). */
const TLV_CRC32C = 0x03;

/** Bytes of the addresses by family: unspecified, IPv4, IPv6, Unix (specification 2.2). */
const ADDRESS_BYTES: readonly number[] = [0, 12, 36, 216];

/**
 * Reads a PROXY protocol header, version 1 or 2 (the HAProxy project's specification of 2020), at the beginning of what
 * came so far. Give it all of that again when more came. Refuses: anything that is not a header, lines of more than
 * {@link MAX_V1_BYTES} and headers of more than {@link MAX_V2_BYTES}, other versions, commands and families, datagrams,
 * addresses and ports that are not in their plain form, attachments (TLV) that do not fit, and a wrong checksum.
 * Attachments are not read otherwise. Never throws.
 */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (beginsLike(view, V1_BEGIN)) return parseV1(view);
  if (beginsLike(view, V2_BEGIN)) return parseV2(view);
  return invalid("the connection does not begin with a PROXY header");
}

/** Whether the bytes agree with a beginning, as far as both reach. */
function beginsLike(bytes: Buffer, begin: Buffer): boolean {
  const shared = Math.min(bytes.length, begin.length);
  return bytes.subarray(0, shared).equals(begin.subarray(0, shared));
}

function parseV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf("\r\n");
  if (end === -1) {
    if (bytes.length < MAX_V1_BYTES) return { status: "incomplete" };
    return invalid(`no line end within ${MAX_V1_BYTES} bytes (version 1)`);
  }
  const [, family = "", ...fields] = bytes.subarray(0, end).toString("latin1").split(" ");
  const length = end + 2;
  // "The receiver must ignore anything presented before the CRLF" (2.1).
  if (family === "UNKNOWN") return { status: "complete", length, source: null };
  if (family !== "TCP4" && family !== "TCP6") return invalid("the family is none of version 1");
  const source = sourceOfFields(family, fields);
  if (source === null) return invalid(`the addresses are not those of ${family} (version 1)`);
  return { status: "complete", length, source };
}

function sourceOfFields(family: "TCP4" | "TCP6", fields: readonly string[]): ProxiedSource | null {
  const [source = "", destination = "", sourcePort = "", destinationPort = ""] = fields;
  const address = addressOf(family, source);
  const ports = [sourcePort, destinationPort].every(isPort);
  if (fields.length !== 4 || address === null || addressOf(family, destination) === null || !ports)
    return null;
  return { address, port: Number(sourcePort) };
}

function addressOf(family: "TCP4" | "TCP6", text: string): string | null {
  if (family === "TCP4") return /^[0-9.]+$/.test(text) ? parseHostName(text) : null;
  return parseHostName(`[${text}]`)?.slice(1, -1) ?? null;
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535;
}

function parseV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_FIXED_BYTES) return { status: "incomplete" };
  const command = bytes.readUInt8(12);
  if (command !== 0x20 && command !== 0x21) return invalid("the version or the command is none of version 2");
  const length = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  if (length > MAX_V2_BYTES) return invalid(`it announces ${length} bytes, ${MAX_V2_BYTES} may be`);
  if (bytes.length < length) return { status: "incomplete" };
  // `LOCAL`: whatever the block holds must be discarded, the family included (2.2).
  if (command === 0x20) return { status: "complete", length, source: null };
  return parseProxied(bytes.subarray(0, length));
}

/** @param header all of it, with the command `PROXY` */
function parseProxied(header: Buffer): ProxyHeader {
  const [family, transport] = [header.readUInt8(13) >> 4, header.readUInt8(13) & 0x0f];
  const addressBytes = ADDRESS_BYTES[family];
  // Unspecified goes with unspecified, and what came over TCP is a stream.
  if (addressBytes === undefined || transport !== (family === 0 ? 0 : 1))
    return invalid("the family or the transport is none of a stream (version 2)");
  const attached = V2_FIXED_BYTES + addressBytes;
  if (header.length < attached) return invalid("the addresses do not fit into the announced length");
  const fault = attachmentFault(header, attached);
  if (fault !== null) return invalid(fault);
  return { status: "complete", length: header.length, source: sourceOfBlock(header, family) };
}

function sourceOfBlock(header: Buffer, family: number): ProxiedSource | null {
  if (family === 1) {
    return { address: header.subarray(16, 20).join("."), port: header.readUInt16BE(24) };
  }
  if (family !== 2) return null;
  const groups = Array.from({ length: 8 }, (_, index) => header.readUInt16BE(16 + 2 * index).toString(16));
  return {
    address: new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1),
    port: header.readUInt16BE(48),
  };
}

/** Whether the attachments fill what is left exactly, and the checksum among them is right (2.2, 2.2.3). */
function attachmentFault(header: Buffer, from: number): string | null {
  let at = from;
  while (at < header.length) {
    const end = at + 3 <= header.length ? at + 3 + header.readUInt16BE(at + 1) : Number.POSITIVE_INFINITY;
    if (end > header.length) return "an attachment does not fit into the announced length";
    if (header[at] === TLV_CRC32C && !isChecksum(header, at + 3, end)) return "the checksum is wrong";
    at = end;
  }
  return null;
}

function isChecksum(header: Buffer, at: number, end: number): boolean {
  if (end - at !== 4) return false;
  const zeroed = Buffer.from(header).fill(0, at, end);
  return crc32c(zeroed) === header.readUInt32BE(at);
}

/** CRC-32C (RFC 3720 B.4), bit by bit: at most 4 KiB, once a connection, and only where a proxy asks for it. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  return ~crc >>> 0;
}

function invalid(detail: string): ProxyHeader {
  return { status: "invalid", detail };
}
