import { type HandshakeViolation, handshakeViolation } from "./handshake-violation.ts";
import { isToken, isTokenCharacter, isWhitespace } from "./token.ts";

/** One parameter of an extension; `value` is `null` where it has none. Names repeat as they came. */
export interface ExtensionParameter {
  readonly name: string;
  readonly value: string | null;
}

/** One extension that was offered or chosen, its parameters in order. Arrays, so that no name is special. */
export interface Extension {
  readonly name: string;
  readonly params: readonly ExtensionParameter[];
}

/** What {@link parseExtensions} returns. */
export type ParsedExtensions =
  | { readonly ok: true; readonly extensions: readonly Extension[] }
  | HandshakeViolation;

/** Extensions that one request may offer. Browsers offer one, fall-back lists four; 32 bounds what negotiation walks. */
export const MAX_EXTENSIONS = 32;

/** Parameters of one extension. permessage-deflate has four (RFC 7692 7.1). */
export const MAX_EXTENSION_PARAMETERS = 16;

/** Where the reader stands in one field value. */
interface Cursor {
  readonly text: string;
  at: number;
}

/** The reader met something that the grammar does not know. Held apart from every value that can be read. */
const broken = Symbol("broken");

/**
 * Reads every `Sec-WebSocket-Extensions` field of a request or an answer by the grammar of RFC 6455 9.1. Refuses, as
 * `handshake.extension-syntax`, anything outside of it: empty elements, a quoted value that is not a token once
 * unquoted, and more than {@link MAX_EXTENSIONS} extensions or {@link MAX_EXTENSION_PARAMETERS} parameters of one.
 * Unknown names are no fault here. One pass, no pattern that could backtrack (CVE-2020-7662).
 */
export function parseExtensions(values: readonly string[]): ParsedExtensions {
  const extensions: Extension[] = [];
  for (const text of values) {
    const cursor: Cursor = { text, at: 0 };
    do {
      const extension = readExtension(cursor);
      if (extension === broken) return refuse(`not understood at character ${cursor.at + 1}`);
      extensions.push(extension);
      if (extensions.length > MAX_EXTENSIONS) return refuse(`more than ${MAX_EXTENSIONS} extensions`);
    } while (skip(cursor, ","));
    if (cursor.at < text.length) return refuse(`not understood at character ${cursor.at + 1}`);
  }
  return { ok: true, extensions };
}

/**
 * Writes extensions as one field value (RFC 6455 9.1).
 * @throws {TypeError} our own fault: a name or a value that is not a token
 */
export function serializeExtensions(extensions: readonly Extension[]): string {
  return extensions
    .map(({ name, params }) => [checked(name), ...params.map(serializeParameter)].join("; "))
    .join(", ");
}

function serializeParameter({ name, value }: ExtensionParameter): string {
  return value === null ? checked(name) : `${checked(name)}=${checked(value)}`;
}

function checked(token: string): string {
  if (!isToken(token)) throw new TypeError("an extension's name or value is not a token");
  return token;
}

function readExtension(cursor: Cursor): Extension | typeof broken {
  const name = readToken(cursor);
  if (name === broken) return broken;
  const params: ExtensionParameter[] = [];
  while (skip(cursor, ";")) {
    const parameter = readParameter(cursor);
    if (parameter === broken || params.length === MAX_EXTENSION_PARAMETERS) return broken;
    params.push(parameter);
  }
  return { name, params };
}

function readParameter(cursor: Cursor): ExtensionParameter | typeof broken {
  const name = readToken(cursor);
  if (name === broken) return broken;
  if (!skip(cursor, "=")) return { name, value: null };
  skipWhitespace(cursor);
  const value = cursor.text[cursor.at] === '"' ? readQuoted(cursor) : readToken(cursor);
  return value === broken ? broken : { name, value };
}

function readToken(cursor: Cursor): string | typeof broken {
  skipWhitespace(cursor);
  const start = cursor.at;
  while (isTokenCharacter(cursor.text, cursor.at)) cursor.at += 1;
  return cursor.at > start ? cursor.text.slice(start, cursor.at) : broken;
}

/** A quoted-string (RFC 9110 5.6.4) whose unquoted value must be a token (RFC 6455 9.1). */
function readQuoted(cursor: Cursor): string | typeof broken {
  cursor.at += 1;
  let value = "";
  while (cursor.text[cursor.at] !== '"') {
    if (cursor.text[cursor.at] === "\\") cursor.at += 1;
    if (!isTokenCharacter(cursor.text, cursor.at)) return broken;
    value += cursor.text.charAt(cursor.at);
    cursor.at += 1;
  }
  if (value === "") return broken;
  cursor.at += 1;
  return value;
}

/** Steps over whitespace and then over `mark`; whether the mark was there. */
function skip(cursor: Cursor, mark: "," | ";" | "="): boolean {
  skipWhitespace(cursor);
  if (cursor.text[cursor.at] !== mark) return false;
  cursor.at += 1;
  return true;
}

function skipWhitespace(cursor: Cursor): void {
  while (isWhitespace(cursor.text, cursor.at)) cursor.at += 1;
}

function refuse(what: string): HandshakeViolation {
  return handshakeViolation("handshake.extension-syntax", `Sec-WebSocket-Extensions: ${what}`);
}
