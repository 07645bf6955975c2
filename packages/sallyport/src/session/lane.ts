import type { ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import type { ConnectionGuard, Denial, Guard, MessageVerdict, Reads } from "../guards/guard.ts";
import { parseCloseBody } from "../protocol/close-frame.ts";
import { FrameParser, MAX_CONTROL_BYTES } from "../protocol/frame-parser.ts";
import { serializeFrame } from "../protocol/frame-serializer.ts";
import { applyMask } from "../protocol/mask.ts";
import { MessageAssembler, type MessageLimits } from "../protocol/message-assembler.ts";
import { isControl, opcode as opcodes } from "../protocol/opcode.ts";
import { HeldBytes } from "./held-bytes.ts";
import { LaneMessage } from "./lane-message.ts";

/** A guard and its part in this connection. */
export interface LaneGuard {
  readonly guard: Guard;
  readonly connection: ConnectionGuard;
}

/** What a lane tells its session. */
export interface LaneHost {
  /** Vetted bytes for the far side, in order, all of one call's. */
  forward(direction: Direction, pieces: readonly Uint8Array[]): void;
  /** Whether the far side may be given another message now; `false` drops the message. */
  hasRoom(direction: Direction): boolean;
  /** A guard decided. Returns whether it is enforced. */
  decide(
    direction: Direction,
    guard: Guard,
    verdict: Exclude<MessageVerdict["verdict"], "pass" | "hold">,
    denial: Denial,
  ): boolean;
  /** The peer's bytes break a rule or limit. */
  violate(direction: Direction, code: ErrorCode, detail: string): void;
  /** The peer's Close, vetted. `raw`: its frame as it came. */
  closed(direction: Direction, code: number, raw: Uint8Array): void;
  /** Whether this pong answers a ping of our own, and so is not the far side's. */
  isOwnPong(payload: Uint8Array): boolean;
  /** A ping or pong goes on to the far side. */
  relayed(direction: Direction, opcode: number): void;
  /** Four random bytes for a frame of ours towards a server. */
  maskKey(): Uint8Array;
}

/** What a lane is made of. */
export interface LaneOptions {
  readonly direction: Direction;
  readonly limits: MessageLimits;
  /** The guards that are asked about messages of this direction, in order. */
  readonly guards: readonly LaneGuard[];
  readonly host: LaneHost;
}

const READS: readonly Reads[] = ["nothing", "size", "bytes", "text", "json"];

/**
 * One direction of a connection: bytes of one peer in, vetted bytes for the other out. What passes goes on byte for byte
 * as it came, in one write per chunk; a message that is not whole, or not yet vetted, is held back.
 */
export class Lane {
  /** Data messages that passed, and their payload bytes. */
  messages = 0;
  bytes = 0;
  /** Until when (monotonic ms) a guard wants nothing more to be read from this peer. */
  holdUntil = 0;
  /** Since when a frame is unfinished; `null` when none is. */
  frameSince: number | null = null;

  readonly #direction: Direction;
  readonly #masked: boolean;
  readonly #host: LaneHost;
  readonly #guards: readonly LaneGuard[];
  readonly #controlGuards: readonly LaneGuard[];
  readonly #readsPayload: boolean;
  readonly #streams: boolean;
  readonly #parser: FrameParser;
  readonly #assembler: MessageAssembler;
  readonly #message: LaneMessage;
  readonly #held = new HeldBytes();
  readonly #heldPayload = new HeldBytes();
  readonly #control = new HeldBytes();
  /** `open`: vets and forwards. `draining`: only looks for the peer's Close. `closed`: takes nothing. */
  #state: "open" | "draining" | "closed" = "open";
  #chunk: Uint8Array = EMPTY;
  /** The current frame is a whole message inside the current chunk. */
  #whole = false;
  #runStart = 0;
  #runEnd = 0;
  #out: Uint8Array[] = [];
  #rest: Uint8Array | null = null;
  #replacement: Uint8Array | null = null;

  constructor(options: LaneOptions) {
    const { direction, limits, guards, host } = options;
    this.#direction = direction;
    this.#masked = direction === "inbound";
    this.#host = host;
    this.#guards = guards.filter(({ guard }) => guard.reads?.[direction] !== undefined);
    this.#controlGuards = this.#guards.filter(({ guard }) => guard.controlFrames === true);
    const reads = Math.max(
      0,
      ...this.#guards.map(({ guard }) => READS.indexOf(guard.reads?.[direction] ?? "nothing")),
    );
    this.#readsPayload = reads >= READS.indexOf("bytes");
    this.#streams = limits.stream && !this.#readsPayload;
    this.#parser = new FrameParser(this.#masked);
    this.#assembler = new MessageAssembler(limits);
    this.#message = new LaneMessage(direction);
  }

  /** Whether messages still go on. */
  get open(): boolean {
    return this.#state === "open";
  }

  /** Whether nothing goes on any more, though the peer's Close is still looked for. */
  get stopped(): boolean {
    return this.#state === "draining";
  }

  /** Whether bytes wait here for `holdUntil`. */
  get holds(): boolean {
    return this.#rest !== null;
  }

  /** Whether the far side has got the beginning of a frame without its end, so that no other frame may follow. */
  get farMidFrame(): boolean {
    return this.#streams && this.#parser.midPayload && !this.#whole && !isControl(this.#parser.opcode);
  }

  /** Takes bytes that the peer sent. They must not change afterwards: what passes is the same memory. */
  receive(chunk: Uint8Array, now: number): void {
    if (this.#state === "closed" || chunk.length === 0) return;
    if (this.#state === "draining") return this.#drain(chunk);
    if (this.#rest !== null) {
      this.#rest = join(this.#rest, chunk);
      return this.resume(now);
    }
    this.#process(chunk, now);
  }

  /** Goes on with what was kept, once `holdUntil` has passed. */
  resume(now: number): void {
    const rest = this.#rest;
    if (rest === null || now < this.holdUntil || this.#state !== "open") return;
    this.#rest = null;
    this.#process(rest, now);
  }

  /** Forwards nothing more; `listen`: whether to look for the peer's Close, which a broken stream cannot carry. */
  stop(listen: boolean): void {
    if (this.#state !== "open") return;
    this.#state = listen && this.#parser.violation === null ? "draining" : "closed";
    const rest = this.#rest;
    this.#rest = null;
    this.#held.clear();
    this.#heldPayload.clear();
    if (rest !== null && this.#state === "draining") this.#drain(rest);
  }

  #process(chunk: Uint8Array, now: number): void {
    const parser = this.#parser;
    this.#chunk = chunk;
    this.#runStart = 0;
    this.#runEnd = 0;
    parser.feed(chunk);
    while (this.#state === "open") {
      const token = parser.next();
      if (token === "more") break;
      if (token === "violation") this.#violate(parser.violation ?? "protocol.reserved-opcode");
      else if (token === "header") this.#onHeader();
      else this.#onPayload(now);
      if (
        token === "payload" &&
        this.holdUntil > now &&
        parser.payloadDone &&
        parser.position < chunk.length
      ) {
        this.#rest = chunk.subarray(parser.position);
        break;
      }
    }
    if (parser.midFrame) this.frameSince ??= now;
    this.#flush();
    if (this.stopped && parser.position < chunk.length) this.#drain(chunk.subarray(parser.position));
    this.#chunk = EMPTY;
    parser.release();
  }

  #onHeader(): void {
    const parser = this.#parser;
    const fits = parser.frameStart >= 0 && parser.position + parser.length <= this.#chunk.length;
    if (isControl(parser.opcode)) {
      this.#whole = fits;
      if (!fits) this.#control.append(parser.header);
      return;
    }
    const violation = this.#assembler.begin(parser.opcode, parser.length);
    if (violation !== null) return this.#violate(violation);
    this.#whole = fits && parser.fin && parser.opcode !== opcodes.continuation;
    if (this.#whole) return;
    if (!this.#streams) this.#held.append(parser.header);
    else if (parser.frameStart >= 0) this.#extendRun(parser.frameStart, parser.position);
    else this.#push(parser.header.slice());
  }

  #onPayload(now: number): void {
    const parser = this.#parser;
    if (parser.payloadDone) this.frameSince = null;
    const piece = this.#chunk.subarray(parser.payloadStart, parser.payloadEnd);
    if (isControl(parser.opcode)) return this.#onControl(piece, now);
    const plain = this.#unmask(piece);
    if (this.#assembler.opcode === opcodes.text) {
      const violation = this.#assembler.text(plain);
      if (violation !== null) return this.#violate(violation);
    }
    if (!this.#whole) {
      if (this.#streams) this.#extendRun(parser.payloadStart, parser.payloadEnd);
      else this.#held.append(piece);
    }
    if (parser.payloadDone && parser.fin) this.#onMessage(plain, now);
  }

  /** The piece without its mask, where somebody looks at it; kept for guards when the message is not whole here. */
  #unmask(piece: Uint8Array): Uint8Array {
    const wanted = this.#readsPayload || this.#assembler.opcode === opcodes.text;
    if (!wanted || piece.length === 0) return EMPTY;
    const keep = this.#readsPayload && !this.#whole;
    if (!this.#masked) {
      if (keep) this.#heldPayload.append(piece);
      return piece;
    }
    const plain = keep ? this.#heldPayload.reserve(piece.length) : scratchFor(piece);
    applyMask(piece, plain, this.#parser.maskKey, this.#parser.payloadOffset);
    return plain;
  }

  #onMessage(plain: Uint8Array, now: number): void {
    const opcode = this.#assembler.opcode;
    const size = this.#assembler.bytes;
    const violation = this.#assembler.finish();
    if (violation !== null) return this.#violate(violation);
    const payload = this.#whole ? plain : this.#heldPayload.view();
    this.#message.fill(opcode, size, this.#readsPayload ? payload : EMPTY);
    const passes = this.#vet(this.#guards, now) && this.#host.hasRoom(this.#direction);
    if (this.#state !== "open") return;
    if (passes) {
      this.messages++;
      this.bytes += size;
      this.#forwardMessage(opcode);
    } else if (this.#streams && !this.#whole) {
      return this.#violate("session.guard-failed", "a guard dropped a message that was already streamed");
    }
    this.#held.clear();
    this.#heldPayload.clear();
    this.#replacement = null;
  }

  #forwardMessage(opcode: number): void {
    if (this.#replacement !== null) {
      const maskKey = this.#masked ? this.#host.maskKey() : null;
      this.#push(serializeFrame({ opcode, payload: this.#replacement, maskKey }));
    } else if (this.#whole) {
      this.#extendRun(this.#parser.frameStart, this.#parser.payloadEnd);
    } else if (!this.#streams) {
      this.#push(this.#held.take());
    }
  }

  /** Asks the guards in order. Returns whether the message goes on. */
  #vet(guards: readonly LaneGuard[], now: number): boolean {
    for (const { guard, connection } of guards) {
      const verdict = connection.message?.(this.#message, now);
      if (verdict === undefined || verdict.verdict === "pass") continue;
      if (verdict.verdict === "hold") {
        if (guard.mode === "enforce") this.holdUntil = Math.max(this.holdUntil, verdict.untilMs);
        continue;
      }
      if (verdict.verdict === "close") this.#flush();
      if (!this.#host.decide(this.#direction, guard, verdict.verdict, verdict)) continue;
      if (verdict.verdict !== "replace") return false;
      this.#replacement = verdict.payload;
      this.#message.fill(this.#message.opcode, verdict.payload.length, verdict.payload);
    }
    return true;
  }

  #onControl(piece: Uint8Array, now: number): void {
    const parser = this.#parser;
    if (!this.#whole) this.#control.append(piece);
    if (!parser.payloadDone) return;
    const raw = this.#whole
      ? this.#chunk.subarray(parser.frameStart, parser.payloadEnd)
      : this.#control.take();
    const body = raw.subarray(raw.length - parser.length);
    const payload = controlScratch.subarray(0, body.length);
    if (this.#masked) applyMask(body, payload, parser.maskKey, 0);
    else payload.set(body);
    if (parser.opcode === opcodes.close) return this.#onClose(payload, raw);
    if (parser.opcode === opcodes.pong && this.#host.isOwnPong(payload)) return;
    this.#message.fill(parser.opcode, payload.length, payload);
    if (!this.#vet(this.#controlGuards, now)) return;
    if (this.#whole) this.#extendRun(parser.frameStart, parser.payloadEnd);
    else this.#push(raw);
    this.#host.relayed(this.#direction, parser.opcode);
  }

  #onClose(payload: Uint8Array, raw: Uint8Array): void {
    const body = parseCloseBody(payload);
    if (!body.ok) return this.#violate(body.violation);
    this.#flush();
    this.#state = "closed";
    this.#host.closed(this.#direction, body.code, raw);
  }

  /** After the gate's own Close: reads on only for the peer's. What it still sends is dropped. */
  #drain(chunk: Uint8Array): void {
    const parser = this.#parser;
    parser.feed(chunk);
    for (let token = parser.next(); token !== "more"; token = parser.next()) {
      if (
        token === "violation" ||
        (token === "payload" && parser.payloadDone && parser.opcode === opcodes.close)
      ) {
        this.#state = "closed";
        this.#host.closed(this.#direction, 1005, EMPTY);
        return;
      }
    }
  }

  #violate(code: ErrorCode, detail = describe(code, this.#parser)): void {
    this.#flush();
    if (this.#state !== "open") return;
    this.#state = "closed";
    this.#host.violate(this.#direction, code, detail);
  }

  #extendRun(start: number, end: number): void {
    if (start !== this.#runEnd) {
      this.#endRun();
      this.#runStart = start;
    }
    this.#runEnd = end;
  }

  #endRun(): void {
    if (this.#runEnd > this.#runStart) this.#out.push(this.#chunk.subarray(this.#runStart, this.#runEnd));
    this.#runStart = this.#runEnd;
  }

  #push(piece: Uint8Array): void {
    this.#endRun();
    this.#out.push(piece);
  }

  #flush(): void {
    this.#endRun();
    if (this.#out.length === 0) return;
    const pieces = this.#out;
    this.#out = [];
    this.#host.forward(this.#direction, pieces);
  }
}

const EMPTY = new Uint8Array(0);
const controlScratch = new Uint8Array(MAX_CONTROL_BYTES);
let scratch = new Uint8Array(0x1_0000 + 8);

/** Room for a piece, at the same alignment, so that unmasking can go by words. Valid until the next call. */
function scratchFor(piece: Uint8Array): Uint8Array {
  const shift = piece.byteOffset & 3;
  if (scratch.length < piece.length + shift) scratch = new Uint8Array(piece.length * 2 + shift);
  return scratch.subarray(shift, shift + piece.length);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function describe(code: ErrorCode, parser: FrameParser): string {
  return code.startsWith("messageSize.")
    ? `a frame announces ${parser.length} bytes`
    : `opcode ${parser.opcode}`;
}
