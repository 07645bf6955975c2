import { Buffer } from "node:buffer";
import type { Direction } from "../events.ts";
import type { Message } from "../guards/guard.ts";

/**
 * The message that guards look at: one object per lane, filled anew for each message. Text and JSON are made when first
 * asked for, and once for all guards.
 */
export class LaneMessage implements Message {
  readonly direction: Direction;
  opcode = 0;
  size = 0;
  #payload: Uint8Array = EMPTY;
  #text: string | null = null;
  #json: { readonly value: unknown } | null = null;

  constructor(direction: Direction) {
    this.direction = direction;
  }

  /** Shows the next message. @param payload unmasked; empty when no guard reads bytes */
  fill(opcode: number, size: number, payload: Uint8Array): void {
    this.opcode = opcode;
    this.size = size;
    this.#payload = payload;
    this.#text = null;
    this.#json = null;
  }

  /** Shows the same message from another place in memory. */
  move(payload: Uint8Array): void {
    this.#payload = payload;
  }

  /** Lets go of the message, so that an idle connection keeps no payload. */
  clear(): void {
    this.fill(0, 0, EMPTY);
  }

  bytes(): Uint8Array {
    return this.#payload;
  }

  text(): string {
    this.#text ??= Buffer.from(
      this.#payload.buffer,
      this.#payload.byteOffset,
      this.#payload.byteLength,
    ).toString("utf8");
    return this.#text;
  }

  json(): unknown {
    this.#json ??= { value: parseJson(this.text()) };
    return this.#json.value;
  }
}

const EMPTY = new Uint8Array(0);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
