import type { ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import type { ConnectionGuard, MessageVerdict, Reads } from "../guards/guard.ts";
import { isAscii, SHORT_BYTES } from "../protocol/ascii.ts";
import { parseCloseBody } from "../protocol/close-frame.ts";
import { FrameParser, MAX_CONTROL_BYTES } from "../protocol/frame-parser.ts";
import { serializeFrame } from "../protocol/frame-serializer.ts";
import { applyMask } from "../protocol/mask.ts";
import { MessageAssembler } from "../protocol/message-assembler.ts";
import { isControl, opcode as opcodes } from "../protocol/opcode.ts";
import type { HalfDone } from "./half-done.ts";
import { HeldBytes, joinBytes } from "./held-bytes.ts";
import { HeldFrames } from "./held-frames.ts";
import type { LaneGuard, LaneHost, LaneOptions } from "./lane-host.ts";
import { LaneMessage } from "./lane-message.ts";
import { OutgoingRun } from "./outgoing-run.ts";
import { scratchFor } from "./scratch.ts";

const READS: readonly Reads[] = ["nothing", "size", "bytes", "text", "json"];

/**
 * One direction of a connection: bytes of one peer in, vetted bytes for the other out. What passes goes on byte for byte
 * as it came, in one write per chunk; a message that is not whole, or not yet vetted, is held back.
 */
export class Lane implements HalfDone {
  /** Data messages that passed, and their payload bytes. */
  messages = 0;
  bytes = 0;
  /** Until when (monotonic ms) a guard wants nothing more to be read from this peer. */
  holdUntil = 0;
  /** Since when a frame is unfinished; `null` when none is. */
  frameSince: number | null = null;
  /** When the last byte of an unfinished message came; `null` when there is none. */
  messageSince: number | null = null;
  /** When data last went on (monotonic ms); 0 before the first. */
  lastDataAt = 0;

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
  readonly #held = new HeldFrames();
  readonly #heldPayload = new HeldBytes();
  readonly #control = new HeldBytes();
  /** `open`: vets and forwards. `draining`: only looks for the peer's Close. `closed`: takes nothing. */
  #state: "open" | "draining" | "closed" = "open";
  #chunk: Uint8Array = EMPTY;
  /** The current frame is a whole message inside the current chunk. */
  #whole = false;
  readonly #out = new OutgoingRun();
  #farMidFrame = false;
  /** Streaming only: the message in progress is not let through. */
  #skips = false;
  #rest: Uint8Array | null = null;
  #mayHold = true;
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

  /** Whether the far side has got the beginning of a frame without its end, so that no other frame may follow. */
  get farMidFrame(): boolean {
    return this.#farMidFrame;
  }

  /** Whether messages go on and nothing is held back or half done, so that this lane has no deadline. */
  get calm(): boolean {
    const { frameSince, messageSince, holdUntil } = this;
    return this.#state === "open" && holdUntil === 0 && (frameSince ?? messageSince) === null;
  }

  /** Bytes kept here until a verdict or until `holdUntil`. */
  get heldBytes(): number {
    return this.#held.size + this.#heldPayload.size + this.#control.size + (this.#rest?.length ?? 0);
  }

  /** Takes bytes that the peer sent. What passes is the same memory, and valid during the call only. */
  receive(chunk: Uint8Array, now: number): void {
    if (this.#state === "closed" || chunk.length === 0) return;
    if (this.#state === "draining") return this.#drain(chunk);
    if (this.#rest !== null || now < this.holdUntil) {
      this.#rest = this.#rest === null ? new Uint8Array(chunk) : joinBytes(this.#rest, chunk);
      return this.resume(now);
    }
    this.#process(chunk, now);
  }

  /** Goes on with what was kept, once `holdUntil` has passed. */
  resume(now: number): void {
    if (now < this.holdUntil) return;
    this.holdUntil = 0;
    const rest = this.#rest;
    if (rest === null || this.#state !== "open") return;
    this.#rest = null;
    this.#process(rest, now);
  }

  /** Goes on with what was kept, and from now on keeps nothing for a guard that wants to wait. */
  letGo(now: number): void {
    this.#mayHold = false;
    this.holdUntil = 0;
    this.resume(now);
  }

  /**
   * Forwards what has passed, and nothing more. `listen`: whether to look for the peer's Close, which a broken stream cannot
   * carry.
   */
  stop(listen: boolean): void {
    if (this.#state !== "open") return;
    this.#flush();
    this.#state = listen && this.#parser.violation === null ? "draining" : "closed";
    const rest = this.#rest;
    this.#rest = null;
    this.#held.clear();
    this.#heldPayload.clear();
    this.#control.clear();
    this.#message.clear();
    if (rest !== null && this.#state === "draining") this.#drain(rest);
  }

  #process(chunk: Uint8Array, now: number): void {
    const parser = this.#parser;
    this.#chunk = chunk;
    this.#out.begin(chunk);
    parser.feed(chunk);
    let moreOfMessage = false;
    while (this.#state === "open") {
      const token = parser.next();
      if (token === "more") break;
      if (!isControl(parser.opcode)) moreOfMessage = true;
      if (token === "violation") this.#violate(parser.violation ?? "protocol.reserved-opcode");
      else if (token === "header") this.#onHeader();
      else this.#onPayload(now);
      const rests = token === "payload" && parser.payloadDone && parser.position < chunk.length;
      if (rests && this.holdUntil > now) {
        // A copy: a Buffer's own `slice` would not be one.
        this.#rest = new Uint8Array(chunk.subarray(parser.position));
        break;
      }
    }
    if (parser.midFrame) this.frameSince ??= now;
    if (!this.#assembler.midMessage) this.messageSince = null;
    else if (moreOfMessage) this.messageSince = now;
    this.#flush();
    if (this.stopped && parser.position < chunk.length) this.#drain(chunk.subarray(parser.position));
    this.#chunk = EMPTY;
    this.#out.begin(EMPTY);
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
    if (this.#streams) this.#streamHeader();
    else this.#held.append(parser.header);
  }

  #streamHeader(): void {
    const parser = this.#parser;
    if (parser.opcode !== opcodes.continuation) this.#skips = !this.#host.hasRoom(this.#direction);
    if (this.#skips || this.#state !== "open") return;
    if (parser.frameStart >= 0) this.#out.extend(parser.frameStart, parser.position);
    else this.#out.push(parser.header.slice());
    this.#farMidFrame = true;
  }

  #streamPayload(now: number): void {
    if (this.#skips) return;
    const parser = this.#parser;
    this.#out.extend(parser.payloadStart, parser.payloadEnd);
    this.#farMidFrame = !parser.payloadDone;
    this.lastDataAt = now;
  }

  #onPayload(now: number): void {
    const parser = this.#parser;
    if (parser.payloadDone) this.frameSince = null;
    if (this.#whole && this.#needsNoLook()) return this.#onMessage(EMPTY, now);
    const piece = this.#chunk.subarray(parser.payloadStart, parser.payloadEnd);
    if (isControl(parser.opcode)) return this.#onControl(piece, now);
    const plain = this.#unmask(piece);
    if (this.#assembler.opcode === opcodes.text) {
      const violation = this.#assembler.text(plain);
      if (violation !== null) return this.#violate(violation);
    }
    if (!this.#whole) {
      if (this.#streams) this.#streamPayload(now);
      else this.#held.append(piece);
    }
    if (parser.payloadDone && parser.fin) this.#onMessage(plain, now);
  }

  /** Whether nobody reads the whole message before us: no guard, and UTF-8 neither, since it is short ASCII or no text. */
  #needsNoLook(): boolean {
    const { opcode, length, payloadStart, payloadEnd, maskKey } = this.#parser;
    if (this.#readsPayload || isControl(opcode)) return false;
    if (opcode !== opcodes.text) return true;
    return (
      length <= SHORT_BYTES && isAscii(this.#chunk, payloadStart, payloadEnd, this.#masked ? maskKey : null)
    );
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
    const { opcode, bytes: size } = this.#assembler;
    const violation = this.#assembler.finish();
    if (violation !== null) return this.#violate(violation);
    const payload = this.#whole ? plain : this.#heldPayload.view();
    this.#message.fill(opcode, size, this.#readsPayload ? payload : EMPTY);
    const streamed = this.#streams && !this.#whole;
    const passes = this.#vet(this.#guards, now) && (streamed || this.#host.hasRoom(this.#direction));
    if (this.#state !== "open") return;
    if (streamed && (!passes || this.#replacement !== null)) {
      return this.#violate(
        "session.guard-failed",
        "a guard drops or replaces a message that was already streamed",
      );
    }
    if (passes && !(streamed && this.#skips)) {
      this.messages++;
      this.bytes += size;
      this.lastDataAt = now;
      this.#forwardMessage(opcode);
    }
    this.#held.clear();
    this.#heldPayload.clear();
    this.#message.clear();
    this.#replacement = null;
  }

  #forwardMessage(opcode: number): void {
    if (this.#replacement !== null) {
      this.#pushReplacement(opcode, this.#replacement);
    } else if (this.#whole) {
      this.#out.extend(this.#parser.frameStart, this.#parser.payloadEnd);
    } else if (!this.#streams) {
      this.#out.pushLent(this.#held.take());
    }
  }

  #pushReplacement(opcode: number, payload: Uint8Array): void {
    const maskKey = this.#masked ? this.#host.maskKey() : null;
    this.#out.push(serializeFrame({ opcode, payload, maskKey }));
  }

  /** Asks the guards in order. Returns whether the message goes on. */
  #vet(guards: readonly LaneGuard[], now: number): boolean {
    for (const { guard, connection } of guards) {
      const verdict = this.#ask(connection, now);
      if (verdict === null) return false;
      if (verdict === undefined || verdict.verdict === "pass") continue;
      if (verdict.verdict === "hold") {
        if (guard.mode === "enforce" && this.#mayHold)
          this.holdUntil = Math.max(this.holdUntil, verdict.untilMs);
        continue;
      }
      if (!this.#host.decide(this.#direction, guard, verdict.verdict, verdict)) continue;
      if (verdict.verdict !== "replace") return false;
      this.#replacement = verdict.payload;
      this.#message.fill(this.#message.opcode, verdict.payload.length, verdict.payload);
    }
    return true;
  }

  /** A guard's verdict; `null` when it threw, which ends the connection. */
  #ask(connection: ConnectionGuard, now: number): MessageVerdict | undefined | null {
    try {
      return connection.message?.(this.#message, now);
    } catch (error) {
      this.#host.fail(error);
      return null;
    }
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
    const passes = this.#vet(this.#controlGuards, now) && this.#host.hasRoom(this.#direction);
    const replacement = this.#replacement;
    this.#replacement = null;
    if (!passes) return;
    if (replacement !== null && replacement.length > MAX_CONTROL_BYTES) {
      return this.#violate("session.guard-failed", "a guard replaces a control frame by more than 125 bytes");
    }
    if (replacement !== null) this.#pushReplacement(parser.opcode, replacement);
    else if (this.#whole) this.#out.extend(parser.frameStart, parser.payloadEnd);
    else this.#out.push(raw);
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
        this.#host.answered(this.#direction);
        return;
      }
    }
  }

  #violate(code: ErrorCode, detail = describe(code, this.#parser)): void {
    this.#host.violate(this.#direction, code, detail);
    this.stop(false);
  }

  #flush(): void {
    const pieces = this.#out.take();
    if (pieces.length === 0) return;
    this.#host.forward(this.#direction, pieces);
    this.#out.giveBack(pieces);
  }
}

const EMPTY = new Uint8Array(0);
const controlScratch = new Uint8Array(MAX_CONTROL_BYTES);

function describe(code: ErrorCode, parser: FrameParser): string {
  return code.startsWith("messageSize.")
    ? `a frame announces ${parser.length} bytes`
    : `opcode ${parser.opcode}`;
}
