import { Buffer } from "node:buffer";
import type { Denial, Message } from "./guard.ts";
import { findJsonEntry } from "../dialects/json-entry.ts";
import { parseJsonPointer } from "../dialects/json-pointer.ts";
import { quoted } from "./quoted.ts";

/** The text that a message carries as its token or session id. */
export interface MessageTokenValue {
  readonly value: string;
  /** The payload without it and its name: every other byte as it came. */
  rest(): Uint8Array;
}

const TEXT = 1;

function missing(detail: string): Denial {
  return { code: "messageToken.missing", detail };
}

/**
 * Makes what reads the token of a message, where a JSON Pointer says (RFC 6901). Refuses what has none there: binary messages,
 * text that is not JSON, a place that does not exist, what is no string or an empty one; and text in which a name on the way
 * stands twice in its object, since the application may take the other (RFC 8259 4).
 */
export function createMessageTokenReader(pointer: string): (message: Message) => MessageTokenValue | Denial {
  const path = parseJsonPointer(pointer) ?? [];
  return (message) => {
    if (message.opcode !== TEXT) return missing(`a binary message, of ${message.size} bytes`);
    if (message.json() === undefined)
      return missing(`a text message that is not JSON, of ${message.size} bytes`);
    const text = message.text();
    const entry = findJsonEntry(text, path);
    if (entry === null) return missing(`nothing at ${quoted(pointer)}`);
    if (entry === "ambiguous")
      return { code: "messageToken.invalid", detail: `a name of ${quoted(pointer)} stands twice` };
    const value: unknown = JSON.parse(text.slice(entry.valueStart, entry.valueEnd));
    if (typeof value !== "string" || value === "") return missing(`no text at ${quoted(pointer)}`);
    return { value, rest: () => Buffer.from(text.slice(0, entry.start) + text.slice(entry.end)) };
  };
}

/** What stands in place of a token in what is kept of a message. */
const HIDDEN = '"[token]"';

/**
 * Makes what hides the token of a message where a JSON Pointer says, for who keeps contents: every other byte stays. A message that has nothing
 * there stays as it is; `null`: it is no JSON text, or a name on the way stands twice, so that a token may stand anywhere in it.
 */
export function createMessageTokenHider(
  pointer: string,
): (content: Uint8Array, isText: boolean) => Uint8Array | null {
  const path = parseJsonPointer(pointer) ?? [];
  return (content, isText) => {
    const text = isText ? Buffer.from(content).toString() : "";
    if (!isJson(text)) return null;
    const entry = findJsonEntry(text, path);
    if (entry === null) return content;
    if (entry === "ambiguous") return null;
    return Buffer.from(text.slice(0, entry.valueStart) + HIDDEN + text.slice(entry.valueEnd));
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
