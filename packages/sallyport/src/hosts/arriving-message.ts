import { Buffer } from "node:buffer";
import type { MessageBody } from "./message-body.ts";

/** A message that comes in pieces: gathered while it is short, and a body to be read while it comes once it is not. */
export class ArrivingMessage {
  /** 1 text, 2 binary (RFC 6455 5.2). */
  readonly opcode: number;
  /** What it is read by, once it is too large to be gathered. */
  body: MessageBody | null = null;
  #pieces: Buffer[] = [];
  #size = 0;

  constructor(opcode: number) {
    this.opcode = opcode;
  }

  /** Payload bytes that are gathered. */
  get size(): number {
    return this.#size;
  }

  /** Gathers a copy of a piece. */
  gather(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(Buffer.from(piece));
    this.#size += piece.length;
  }

  /** What was gathered is read from now on, and what is still to come. */
  begin(body: MessageBody): void {
    for (const piece of this.#pieces.splice(0)) body.push(piece);
    this.#size = 0;
    this.body = body;
  }

  /** All that was gathered. */
  whole(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
