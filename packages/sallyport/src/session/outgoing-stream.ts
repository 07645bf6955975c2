import { Buffer } from "node:buffer";
import type { ErrorCode } from "../errors.ts";
import type { Guard } from "../guards/guard.ts";
import { frameBound, ownHeaderBytes, writeFrame } from "../protocol/frame-writer.ts";
import { MessageAssembler, type MessageLimits } from "../protocol/message-assembler.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import { payloadBytes, type OutgoingMessage } from "./outgoing-message.ts";

const EMPTY = new Uint8Array(0);

/** A message that an application in this process sends in fragments, as it has them. It waits for its turn as a message does. */
export class OutgoingStream implements OutgoingMessage {
  readonly opcode: number;
  readonly payload: Uint8Array = EMPTY;
  readonly frame: Uint8Array = EMPTY;
  readonly passedFor: Set<Guard> | null = null;
  readonly known = true;
  /** `waits` for its turn; `open`: its pieces go on; `lost`: there was no room for it. */
  state: "waits" | "open" | "lost" = "waits";
  /** Whether any fragment has gone on, so that the message cannot be taken back. */
  hasBegun = false;
  readonly #changed: () => void;
  #assembler: MessageAssembler | null = null;

  /** @param changed is told of its turn, or that there will be none; it must send nothing in that call */
  constructor(opcode: number, changed: () => void) {
    this.opcode = opcode;
    this.#changed = changed;
  }

  /** Payload bytes so far. */
  get size(): number {
    return this.#assembler?.bytes ?? 0;
  }

  /** Its turn has come. */
  open(limits: MessageLimits): void {
    this.#assembler = new MessageAssembler(limits);
    this.state = "open";
    this.#changed();
  }

  /** It gets no turn. */
  lose(): void {
    this.state = "lost";
    this.#changed();
  }

  /** The frame of the next piece (RFC 6455 5.4: its opcode first, continuations then), or the limit or rule that it breaks. */
  fragment(piece: string | Uint8Array): Uint8Array | ErrorCode {
    return this.#encode(piece, false);
  }

  /** The last frame, which is empty; or the rule that the message breaks. */
  finish(): Uint8Array | ErrorCode {
    const frame = this.#encode(EMPTY, true);
    return this.#assembler?.finish() ?? frame;
  }

  #encode(data: string | Uint8Array, fin: boolean): Uint8Array | ErrorCode {
    const opcode = this.hasBegun ? opcodes.continuation : this.opcode;
    const room = Buffer.allocUnsafe(frameBound(data));
    const end = writeFrame(room, 0, { opcode, data, fin });
    const size = payloadBytes(end);
    const payload = room.subarray(ownHeaderBytes(size), end);
    // The last one, which is ours, counts as no fragment of the application's.
    const breach = fin && this.hasBegun ? null : this.#assembler?.begin(opcode, size);
    const fault = breach ?? (this.opcode === opcodes.text ? this.#assembler?.text(payload) : null);
    this.hasBegun = true;
    return fault ?? room.subarray(0, end);
  }
}

/** What an application does with a stream whose turn has come: its next piece, `null` for its end, `undefined` to take it back. */
export interface StreamPart {
  readonly stream: OutgoingStream;
  readonly piece: string | Uint8Array | null | undefined;
}
