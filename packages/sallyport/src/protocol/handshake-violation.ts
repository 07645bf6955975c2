import type { ErrorCode } from "../errors.ts";

/** A peer's bytes broke a rule of the handshake: a value, never an exception. */
export interface HandshakeViolation {
  readonly ok: false;
  readonly code: ErrorCode;
  /** For the operator alone. Holds no credential: values that may carry one are described, never quoted. */
  readonly detail: string;
}

/** Makes a {@link HandshakeViolation}. @param detail what was found, in words that hold no secret */
export function handshakeViolation(code: ErrorCode, detail: string): HandshakeViolation {
  return { ok: false, code, detail };
}

/** Characters of a peer's value that a detail shows: enough to recognise it, too few for a token. */
const MAX_SHOWN = 64;

/** A peer's value as a detail may show it: in quotes, cut to 64 characters, everything but printable ASCII escaped. */
export function quoteForDetail(value: string): string {
  const shown = value.slice(0, MAX_SHOWN).replace(/[^\x20-\x7e]/g, escapeUnit);
  return value.length > MAX_SHOWN ? `"${shown}…" (${value.length} characters)` : `"${shown}"`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
