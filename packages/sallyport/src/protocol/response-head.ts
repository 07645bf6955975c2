import { Buffer } from "node:buffer";
import { HeaderList } from "./header-list.ts";
import { isFieldValue } from "./request-head.ts";
import { isToken } from "./token.ts";

/** The head of an HTTP/1.1 response. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderList;
  /** Bytes of the head, the empty line included. */
  readonly size: number;
}

/** The longest response head that is read; an application that writes more of it is not answering. */
export const MAX_RESPONSE_HEAD_BYTES: number = 32 * 1024;

const STATUS_LINE = /^HTTP\/1\.1 (\d{3})(?: |$)/;

/**
 * Reads the head of an application's answer to an upgrade (RFC 9112 4, 5), and is as strict as a parser can be: line ends are
 * CRLF, nothing is folded, no value holds a control byte.
 * `incomplete`: more bytes are needed. `malformed`: it is no response, or longer than `MAX_RESPONSE_HEAD_BYTES`.
 */
export function parseResponseHead(bytes: Uint8Array): ResponseHead | "incomplete" | "malformed" {
  const view = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    Math.min(bytes.byteLength, MAX_RESPONSE_HEAD_BYTES),
  );
  const end = view.indexOf("\r\n\r\n");
  if (end === -1) return bytes.byteLength >= MAX_RESPONSE_HEAD_BYTES ? "malformed" : "incomplete";
  const [first = "", ...lines] = view.toString("latin1", 0, end).split("\r\n");
  const status = STATUS_LINE.exec(first)?.[1];
  if (status === undefined) return "malformed";
  const raw: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1);
    if (!isToken(name) || !isFieldValue(value)) return "malformed";
    raw.push(name, value.trim());
  }
  return { status: Number(status), headers: new HeaderList(raw), size: end + 4 };
}
