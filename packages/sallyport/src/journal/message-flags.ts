import type { MessageFacts, MessageVerdict, PayloadKind } from "./journal-record.ts";

const verdicts: readonly MessageVerdict[] = ["pass", "drop", "replace", "close", "observe", "report"];
const payloads: readonly PayloadKind[] = ["none", "digest", "redacted", "full"];
const verdictBits = new Map(verdicts.map((verdict, index) => [verdict, index << 2]));
const payloadBits = new Map(payloads.map((payload, index) => [payload, index << 5]));
const OUTBOUND = 0x01;
const BINARY = 0x02;
const TRUNCATED = 0x80;

/**
 * One byte of a message record: bit 0 outbound, bit 1 binary, bits 2 to 4 verdict (pass, drop, replace, close, observe, report), bits 5 and
 * 6 payload (none, digest, redacted, full), bit 7 truncated.
 */
export function messageFlags(facts: MessageFacts, payload: PayloadKind, truncated: boolean): number {
  return (
    (facts.direction === "outbound" ? OUTBOUND : 0) |
    (facts.opcode === "binary" ? BINARY : 0) |
    (verdictBits.get(facts.verdict) ?? 0) |
    (payloadBits.get(payload) ?? 0) |
    (truncated ? TRUNCATED : 0)
  );
}

/** Whether a message passed, by its flags: cheaper than reading all of them. */
export function isPassed(flags: number): boolean {
  return (flags & 0x1c) === 0;
}

/** Whether something of a message's content was kept, by its flags. */
export function hasPayload(flags: number): boolean {
  return (flags & 0x60) !== 0;
}

/** Whether what was kept of a message's content was redacted, by its flags. */
export function isRedacted(flags: number): boolean {
  return (flags & 0x60) === 0x40;
}

/** What a message's flags say. */
export interface ReadFlags extends Pick<MessageFacts, "direction" | "opcode" | "verdict"> {
  readonly payload: PayloadKind;
  readonly truncated: boolean;
}

/** Reads the byte. */
export function readMessageFlags(flags: number): ReadFlags {
  return {
    direction: (flags & OUTBOUND) === 0 ? "inbound" : "outbound",
    opcode: (flags & BINARY) === 0 ? "text" : "binary",
    verdict: verdicts[(flags >> 2) & 0x07] ?? "pass",
    payload: payloads[(flags >> 5) & 0x03] ?? "none",
    truncated: (flags & TRUNCATED) !== 0,
  };
}
