import { type HandshakeViolation, handshakeViolation } from "./handshake-violation.ts";
import { isToken, splitList } from "./token.ts";

/**
 * Subprotocols that one request may offer. Real clients offer one to five; 64 leaves room for every version of every
 * dialect, and keeps what the guards walk through small.
 */
export const MAX_SUBPROTOCOLS = 64;

/** What {@link parseSubprotocols} returns. */
export type ParsedSubprotocols =
  | { readonly ok: true; readonly subprotocols: readonly string[] }
  | HandshakeViolation;

/**
 * Reads every `Sec-WebSocket-Protocol` field of a request (RFC 6455 4.1, 11.3.4). Order is the client's preference.
 * Refuses, as `handshake.protocol-syntax`, an empty element, an element that is not a token, one that stands twice
 * (compared with case) and more than {@link MAX_SUBPROTOCOLS}. Entries may be credentials: details never quote them.
 */
export function parseSubprotocols(values: readonly string[]): ParsedSubprotocols {
  const offered = splitList(values);
  if (offered.length > MAX_SUBPROTOCOLS) return refuse(`more than ${MAX_SUBPROTOCOLS} are offered`);
  const seen = new Set<string>();
  for (const [index, name] of offered.entries()) {
    if (!isToken(name)) return refuse(`number ${index + 1} of ${offered.length} is not a token`);
    if (seen.has(name)) return refuse(`number ${index + 1} of ${offered.length} was offered before`);
    seen.add(name);
  }
  return { ok: true, subprotocols: offered };
}

function refuse(what: string): HandshakeViolation {
  return handshakeViolation("handshake.protocol-syntax", `Sec-WebSocket-Protocol: ${what}`);
}
