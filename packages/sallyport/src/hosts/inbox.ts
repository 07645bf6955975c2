import { Buffer } from "node:buffer";
import { isAscii, SHORT_BYTES } from "../protocol/ascii.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import { ArrivingMessage } from "./arriving-message.ts";
import { MessageBody } from "./message-body.ts";

/** What waits for the handler: text, bytes, or a large message to be read while it comes. */
export type InboxEntry = string | Buffer | MessageBody;

/** Whose messages they are. */
export interface InboxOwner {
  /** What may wait before the client is read no further: UTF-16 units and bytes, 64 more for each message. */
  readonly queueBytes: number;
  /** Whether messages that are larger than that are given to the handler while they come. */
  readonly streams: boolean;
  /** Some of a large message was read. */
  taken(): void;
}

/** What passed the guards and waits for the handler, in order. */
export class Inbox {
  readonly #owner: InboxOwner;
  #queue: InboxEntry[] = [];
  #bytes = 0;
  #full = false;
  /** A message of which the end has not come yet; `null`: there is none. */
  #arriving: ArrivingMessage | null = null;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  /** What waits, as it counts in `queueBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Takes a message, or a piece of one that others follow. Whether more is wanted for now. */
  deliver(opcode: number, payload: Uint8Array, goesOn: boolean): boolean {
    if (goesOn || this.#arriving !== null || this.#isLarge(payload.length))
      this.#arrive(this.#arriving ?? new ArrivingMessage(opcode), payload, goesOn);
    else this.#add(opcode === opcodes.text ? textOf(payload) : Buffer.from(payload));
    return !this.#full;
  }

  /** Takes out the next; `undefined`: nothing waits. */
  shift(): InboxEntry | undefined {
    const next = this.#queue.shift();
    if (next !== undefined) this.#bytes -= weightOf(next);
    return next;
  }

  /** Whether a large message is the next, which nobody has to ask for. */
  get beginsWithBody(): boolean {
    return this.#queue[0] instanceof MessageBody;
  }

  /** Whether it was full and has room again, which is told once. */
  get hasRoomAgain(): boolean {
    if (!this.#full || this.#bytes > this.#owner.queueBytes / 2) return false;
    this.#full = false;
    return true;
  }

  /** The end of the message that comes now never will. @param atOnce whether what waits of it is not to be seen any more, either */
  cutShort(atOnce: boolean): void {
    this.#arriving?.body?.cutShort(atOnce);
  }

  /** What waits is for nobody any more. */
  forget(): void {
    this.#queue = [];
    this.#bytes = 0;
  }

  /** A piece of a message, or all of a large one. */
  #arrive(message: ArrivingMessage, piece: Uint8Array, goesOn: boolean): void {
    this.#arriving = goesOn ? message : null;
    if (message.body === null) {
      message.gather(piece);
      if (this.#isLarge(message.size)) this.#begin(message);
    } else if (piece.length > 0 && message.body.push(Buffer.from(piece))) this.#count(piece.length);
    if (goesOn) return;
    if (message.body !== null) return message.body.finish();
    const whole = message.whole();
    this.#add(message.opcode === opcodes.text ? textOf(whole) : whole);
  }

  /** Has a large message read from now on, behind those that came before it. */
  #begin(message: ArrivingMessage): void {
    const { size, opcode } = message;
    const body = new MessageBody(opcode === opcodes.binary, (bytes) => {
      this.#bytes = Math.max(0, this.#bytes - bytes);
      this.#owner.taken();
    });
    message.begin(body);
    this.#add(body);
    this.#count(size);
  }

  #isLarge(size: number): boolean {
    const { streams, queueBytes } = this.#owner;
    return streams && size > queueBytes;
  }

  #add(entry: InboxEntry): void {
    this.#queue.push(entry);
    this.#count(weightOf(entry));
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#full ||= this.#bytes > this.#owner.queueBytes;
  }
}

/** What an entry is counted as, beside what it holds: many short messages take memory, too. */
const ENTRY_BYTES = 64;

/** What an entry counts; the pieces of a large message count for themselves. */
function weightOf(entry: InboxEntry): number {
  return ENTRY_BYTES + (entry instanceof MessageBody ? 0 : entry.length);
}

/** What the session checked to be UTF-8, without another look where it is short ASCII. */
function textOf(payload: Uint8Array): string {
  const { buffer, byteOffset, length } = payload;
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(buffer, byteOffset, length);
  return length <= SHORT_BYTES && isAscii(bytes, 0, length, null)
    ? bytes.toString("latin1")
    : bytes.toString("utf8");
}
