import type { DialectFault, DialectReading, MessagePart, ReadableMessage } from "./dialect.ts";

/** A message that is not in the dialect. @param problem what was found, and nothing of the message's content */
export function syntaxFault(problem: string): DialectFault {
  return { ok: false, fault: "syntax", problem };
}

/** A message beyond a limit of the dialect's own. @param problem which limit, with its option's name */
export function limitFault(problem: string): DialectFault {
  return { ok: false, fault: "limit", problem };
}

/** Whether a part could not be read. */
export function isFault(read: object): read is DialectFault {
  return "fault" in read;
}

/** What a message says that says one thing, or why it is none. */
export function single(part: MessagePart | DialectFault, commit?: () => void): DialectReading {
  if (isFault(part)) return part;
  return commit === undefined ? { ok: true, parts: [part] } : { ok: true, parts: [part], commit };
}

/** The message's JSON, or why it has none: it is binary, or its text is no JSON. */
export function jsonOf(message: ReadableMessage): { readonly value: unknown } | DialectFault {
  if (message.opcode !== TEXT) return BINARY_MESSAGE;
  const value = message.json();
  return value === undefined ? NO_JSON : { value };
}

/** Opcode of a text message (RFC 6455 5.2). */
export const TEXT = 1;
/** A binary message in a dialect of texts. */
export const BINARY_MESSAGE: DialectFault = syntaxFault("a binary message, and the dialect is of texts");
/** A text message in a dialect of bytes. */
export const TEXT_MESSAGE: DialectFault = syntaxFault("a text message, and the dialect is of bytes");
/** Two readers of the message may find two values. */
export const AMBIGUOUS: DialectFault = syntaxFault(
  "a name that decides what it says stands twice in its object, or once more in another case",
);

const NO_JSON = syntaxFault("not JSON");
