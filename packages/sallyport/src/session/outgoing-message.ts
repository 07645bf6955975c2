import { Buffer } from "node:buffer";
import type { Guard } from "../guards/guard.ts";
import { frameBound, ownHeaderBytes, writeFrame } from "../protocol/frame-writer.ts";

/** A message of an application in this process, encoded once, for however many connections. Its bytes never change. */
export interface OutgoingMessage {
  /** 1 text, 2 binary (RFC 6455 5.2). */
  readonly opcode: number;
  readonly payload: Uint8Array;
  /** The frame that it leaves as. */
  readonly frame: Uint8Array;
  /** Whether it was text before it was bytes, and so is UTF-8. */
  readonly known: boolean;
  /** The guards that have passed it for every connection of their route, where it goes to several; `null`: to one. */
  readonly passedFor: Set<Guard> | null;
}

/** A message as an application sends it: the bytes are read during the call only. */
export interface RawMessage {
  readonly opcode: number;
  readonly data: string | Uint8Array;
}

/** A message to send: not encoded yet, or encoded once for many. */
export type SentMessage = RawMessage | OutgoingMessage;

/**
 * Asserts that something can be sent. A type does not: a member of somebody's JSON is whatever they made it, such as an object with a
 * `length` of their own.
 *
 * @throws {TypeError} for what is neither a string nor bytes
 */
export function assertSendable(data: unknown): asserts data is string | Uint8Array {
  if (typeof data !== "string" && !(data instanceof Uint8Array))
    throw new TypeError(
      `a message is a string or a Uint8Array, and not ${data === null ? "null" : typeof data}`,
    );
}

/** Encodes a message. Bytes are copied: what is vetted is what is sent, whatever the application does with its memory. */
export function encodeMessage(opcode: number, data: string | Uint8Array, shared: boolean): OutgoingMessage {
  const room = Buffer.allocUnsafe(frameBound(data));
  const end = writeFrame(room, 0, { opcode, data, fin: true });
  const frame = end < room.length - SLACK ? Buffer.from(room.subarray(0, end)) : room.subarray(0, end);
  const payload = frame.subarray(ownHeaderBytes(payloadBytes(end)));
  const known = typeof data === "string";
  return { opcode, payload, frame, known, passedFor: shared ? new Set() : null };
}

/** The size of the payload of a whole frame towards a client. */
export function payloadBytes(frame: number): number {
  return frame - (frame <= 127 ? 2 : frame <= 0xffff + 4 ? 4 : 10);
}

/** So much of what was reserved may stay unused: text is mostly ASCII, and three times as much was reserved for it. */
const SLACK = 1024;
