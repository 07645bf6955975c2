import type { ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import { closeReason, parseCloseBody } from "../protocol/close-frame.ts";
import { FrameParser, MAX_CONTROL_BYTES } from "../protocol/frame-parser.ts";
import { serializeFrame } from "../protocol/frame-serializer.ts";
import { MessageAssembler } from "../protocol/message-assembler.ts";
import { isControl, opcode as opcodes } from "../protocol/opcode.ts";
import { controlPayload } from "./control-payload.ts";
import { describeFrame } from "./describe-frame.ts";
import { HeldBytes, joinBytes } from "./held-bytes.ts";
import { HeldFrames, NO_FRAMES } from "./held-frames.ts";
import type { LaneHost, LaneOptions, LaneRules, SessionLane } from "./lane-host.ts";
import { LaneMessage } from "./lane-message.ts";
import type { MessageRecord } from "./message-record.ts";
import { MessagePayload } from "./message-payload.ts";
import { OutgoingRun } from "./outgoing-run.ts";
import { seekClose } from "./seek-close.ts";
import { Vetting, type VettingOutcome } from "./vetting.ts";

/**
 * One direction of a connection: bytes of one peer in, vetted bytes for the other out. What passes goes on byte for byte
 * as it came, in one write per chunk; a message that is not whole, or not yet vetted, is held back.
 */
export class Lane implements SessionLane {
  messages = 0;
  bytes = 0;
  /** Since when a frame is unfinished; `null` when none is. */
  frameSince: number | null = null;
  /** When the last byte of an unfinished message came; `null` when there is none. */
  messageSince: number | null = null;
  lastDataAt = 0;

  readonly #direction: Direction;
  readonly #masked: boolean;
  readonly #host: LaneHost;
  readonly #delivers: boolean;
  #readsPayload = false;
  #streams = false;
  readonly #parser: FrameParser;
  readonly #assembler: MessageAssembler;
  readonly #message: LaneMessage;
  readonly #record: MessageRecord | null;
  readonly #held: HeldFrames;
  readonly #payload: MessagePayload;
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
  readonly #vetting: Vetting;
  /** Payload bytes of the message that waits. */
  #waitingSize = 0;

  constructor(options: LaneOptions) {
    const { direction, limits, guards, host, dialect, inflater, record = null, names = null } = options;
    this.#direction = direction;
    this.#masked = direction === "inbound";
    this.#host = host;
    this.#delivers = options.delivers ?? false;
    this.#held = this.#delivers ? NO_FRAMES : new HeldFrames();
    this.#message = new LaneMessage(direction, dialect, names);
    this.#record = record;
    this.#vetting = new Vetting({ direction, guards, host, message: this.#message });
    this.#payload = new MessagePayload({ masked: this.#masked, read: false, limits, inflater });
    this.#parser = new FrameParser(this.#masked, this.#payload.inflates);
    this.#assembler = new MessageAssembler(limits);
    this.change(options);
  }

  change({ limits, guards, dialect }: LaneRules): void {
    this.#message.dialect = dialect;
    this.#vetting.change(guards);
    this.#readsPayload = this.#vetting.readsPayload || this.#delivers;
    this.#streams = limits.stream && !this.#vetting.readsPayload && !this.#payload.inflates;
    this.#payload.change({ read: this.#readsPayload, inPieces: this.#streams && this.#delivers, limits });
    this.#assembler.limit(limits);
  }

  /** Until when (monotonic ms) nothing more is to be read: a guard holds it, or waits; `Infinity`: there is no room for it. 0: read on. */
  get holdUntil(): number {
    return this.#vetting.holdUntil;
  }

  get open(): boolean {
    return this.#state === "open";
  }

  /** Whether the far side has got the beginning of a frame without its end, so that no other frame may follow. */
  get farMidFrame(): boolean {
    return this.#farMidFrame;
  }

  /** Whether messages go on and nothing is held back or half done, so that this lane has no deadline. */
  get calm(): boolean {
    return this.holdUntil === 0 && this.between;
  }

  get between(): boolean {
    return this.open && !this.#vetting.held && (this.frameSince ?? this.messageSince) === null;
  }

  /** Bytes kept here until a verdict or until `holdUntil`. */
  get heldBytes(): number {
    return this.#held.size + this.#payload.size + this.#control.size + (this.#rest?.length ?? 0);
  }

  /** Takes bytes that the peer sent. What passes is the same memory, and valid during the call only. */
  receive(chunk: Uint8Array, now: number): void {
    if (this.#state === "closed" || chunk.length === 0) return;
    if (this.#state === "draining") return this.#drain(chunk);
    this.#vetting.awaitTurn(this.#payload.turns, now);
    if (this.#rest !== null || now < this.holdUntil || this.#vetting.waits) {
      this.#rest = this.#rest === null ? new Uint8Array(chunk) : joinBytes(this.#rest, chunk);
      return this.resume(now);
    }
    this.#process(chunk, now);
  }

  /** Goes on with what was kept, once `holdUntil` has passed. */
  resume(now: number): void {
    if (now < this.holdUntil) return;
    if (this.#vetting.waits && !this.#vetWaiting(now)) return;
    this.#vetting.holdUntil = 0;
    const rest = this.#rest;
    if (rest === null || this.#state !== "open") return;
    this.#vetting.awaitTurn(this.#payload.turns, now);
    if (now < this.holdUntil) return;
    this.#rest = null;
    this.#process(rest, now);
  }

  /** Goes on with what was kept, and from now on keeps nothing for a guard that wants to hold it. */
  letGo(now: number): void {
    this.#vetting.letGo();
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
    this.#record?.stop(this.#message, this.#assembler.bytes, this.#streams && !this.#skips);
    this.#held.clear();
    this.#payload.clear();
    this.#control.clear();
    this.#message.clear();
    this.#vetting.finish();
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
      if (rests) this.#vetting.awaitTurn(this.#payload.turns, now);
      if (rests && (this.holdUntil > now || this.#vetting.waits)) {
        // A copy: a Buffer's own `slice` would not be one.
        this.#rest = new Uint8Array(chunk.subarray(parser.position));
        break;
      }
    }
    if (parser.midFrame) this.frameSince ??= now;
    if (!this.#assembler.midMessage) this.messageSince = null;
    else if (moreOfMessage) this.messageSince = now;
    this.#flush();
    if (this.#state === "draining" && parser.position < chunk.length)
      this.#drain(chunk.subarray(parser.position));
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
    const begins = parser.opcode !== opcodes.continuation;
    this.#whole = fits && parser.fin && begins;
    if (this.#record !== null && begins)
      this.#payload.recorded = this.#record.begin(parser.opcode, this.#whole || !this.#streams);
    const violation = this.#assembler.begin(parser.opcode, parser.length);
    if (violation !== null) return this.#violate(violation);
    if (this.#payload.inflates && begins) this.#payload.compressed = parser.compressed;
    if (this.#whole) return;
    if (this.#streams && !this.#delivers) this.#streamHeader();
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

  #streamPayload(plain: Uint8Array, now: number): void {
    if (this.#skips) return;
    const parser = this.#parser;
    this.lastDataAt = now;
    if (this.#delivers) return void this.#host.deliver(parser.opcode, plain, true);
    this.#out.extend(parser.payloadStart, parser.payloadEnd);
    this.#farMidFrame = !parser.payloadDone;
  }

  #onPayload(now: number): void {
    const parser = this.#parser;
    if (parser.payloadDone) this.frameSince = null;
    if (this.#whole && this.#payload.needsNoLook(parser, this.#chunk)) return this.#onMessage(EMPTY, now);
    const piece = this.#chunk.subarray(parser.payloadStart, parser.payloadEnd);
    if (isControl(parser.opcode)) return this.#onControl(piece, now);
    const checks = this.#assembler.opcode === opcodes.text && !this.#payload.compressed;
    const plain = checks || this.#payload.asOne ? this.#payload.take(piece, parser, this.#whole) : EMPTY;
    if (checks) {
      const violation = this.#assembler.text(plain);
      if (violation !== null) return this.#violate(violation);
    }
    if (!this.#whole) {
      if (this.#streams) this.#streamPayload(plain, now);
      else this.#held.append(piece);
    }
    if (parser.payloadDone && parser.fin) this.#onMessage(plain, now);
  }

  #onMessage(plain: Uint8Array, now: number): void {
    const { opcode, bytes } = this.#assembler;
    const came = this.#whole ? plain : this.#payload.view();
    const payload = this.#payload.compressed ? this.#payload.inflate(came, this.#assembler) : came;
    if (!(payload instanceof Uint8Array)) return this.#violate(payload.code, payload.detail);
    const violation = this.#assembler.finish();
    if (violation !== null) return this.#violate(violation);
    const size = this.#payload.compressed ? payload.length : bytes;
    this.#message.fill(opcode, size, this.#readsPayload ? payload : EMPTY);
    this.#record?.came(payload, size);
    const outcome = this.#vetting.vet(now);
    if (outcome === "wait") return this.#keep(plain, bytes);
    this.#conclude(outcome, bytes, now);
  }

  /** Does what was decided about a message. @param size of its payload as it came */
  #conclude(outcome: VettingOutcome, size: number, now: number): void {
    const streamed = this.#streams && !this.#whole && this.#held.size === 0;
    const passes = outcome === "pass" && (streamed || this.#host.hasRoom(this.#direction));
    if (this.#state !== "open") return;
    if ((streamed || this.#payload.referredTo) && (!passes || this.#vetting.replacement !== null))
      return streamed ? this.#tooLate("drops or replaces") : this.#breakContext();
    const goesOn = passes && !(streamed && this.#skips);
    let room = this.#record?.conclude(this.#message, goesOn) ?? null;
    if (goesOn) {
      this.messages++;
      this.bytes += size;
      this.lastDataAt = now;
      this.#message.commit();
      const taken = this.#forwardMessage();
      room ??= taken;
    }
    this.#held.clear();
    this.#payload.clear();
    this.#message.clear();
    this.#vetting.finish();
    if (room !== null) this.#vetting.pause((goOn) => void room.then(goOn));
  }

  /** Keeps the message that a guard waits with, in memory of the lane's own. */
  #keep(plain: Uint8Array, size: number): void {
    if (this.#streams && !this.#whole) return this.#tooLate("waits with");
    this.#waitingSize = size;
    if (!this.#whole) return;
    this.#whole = false;
    this.#held.append(this.#chunk.subarray(this.#parser.frameStart, this.#parser.payloadEnd));
    if (!this.#payload.asOne) return;
    const kept = this.#payload.keep(plain);
    this.#record?.move(kept);
    if (this.#readsPayload && this.#vetting.replacement === null) this.#message.move(kept);
  }

  /** Goes on with the message that waits. Returns whether what came behind it may be looked at. */
  #vetWaiting(now: number): boolean {
    const outcome = this.#vetting.again(now);
    if (outcome === "wait") return false;
    this.#conclude(outcome, this.#waitingSize, now);
    this.#flush();
    return now >= this.holdUntil;
  }

  #tooLate(what: string): void {
    this.#violate("session.guard-failed", `a guard ${what} a message that was already streamed`);
  }

  /** Later messages may refer to this one, which the far side does not get as it came. */
  #breakContext(): void {
    const detail = "a message was dropped or replaced on a connection that keeps its compression context";
    this.#host.violate(null, "session.context-takeover", detail);
    this.stop(true);
  }

  /** What settles when more may be inflated, which is far larger than what came; `null`: at once. */
  #forwardMessage(): Promise<void> | null {
    const { replacement } = this.#vetting;
    if (this.#delivers) {
      const taken = this.#host.deliver(this.#message.opcode, this.#message.bytes(), false);
      return this.#payload.inflates ? taken : null;
    } else if (replacement !== null) {
      this.#pushReplacement(this.#message.opcode, replacement);
    } else if (this.#whole) {
      this.#out.extend(this.#parser.frameStart, this.#parser.payloadEnd);
    } else if (this.#held.size > 0) {
      this.#out.pushLent(this.#held.take());
    }
    return null;
  }

  #pushReplacement(opcode: number, payload: Uint8Array): void {
    const maskKey = this.#masked ? this.#host.maskKey() : null;
    this.#out.push(serializeFrame({ opcode, payload, maskKey }));
  }

  #onControl(piece: Uint8Array, now: number): void {
    const parser = this.#parser;
    if (!this.#whole) this.#control.append(piece);
    if (!parser.payloadDone) return;
    const raw = this.#whole
      ? this.#chunk.subarray(parser.frameStart, parser.payloadEnd)
      : this.#control.take();
    const payload = controlPayload(raw, parser, this.#masked);
    if (parser.opcode === opcodes.close) return this.#onClose(payload, raw);
    if (parser.opcode === opcodes.pong && this.#host.isOwnPong(payload)) return;
    this.#message.fill(parser.opcode, payload.length, payload);
    const outcome = this.#vetting.vetControl(now);
    if (outcome === "wait")
      return this.#violate("session.guard-failed", "a guard waits with a control frame");
    const { replacement } = this.#vetting;
    this.#vetting.finish();
    if (outcome === "stop" || !this.#host.hasRoom(this.#direction)) return;
    if (replacement !== null && replacement.length > MAX_CONTROL_BYTES) {
      return this.#violate("session.guard-failed", "a guard replaces a control frame by more than 125 bytes");
    }
    if (this.#delivers) void this.#host.deliver(parser.opcode, replacement ?? payload, false);
    else if (replacement !== null) this.#pushReplacement(parser.opcode, replacement);
    else if (this.#whole) this.#out.extend(parser.frameStart, parser.payloadEnd);
    else this.#out.push(raw);
    this.#host.relayed(this.#direction, parser.opcode);
  }

  #onClose(payload: Uint8Array, raw: Uint8Array): void {
    const body = parseCloseBody(payload);
    if (!body.ok) return this.#violate(body.violation);
    this.stop(false);
    this.#host.closed(this.#direction, { code: body.code, reason: closeReason(payload), raw });
  }

  /** After the gate's own Close: reads on only for the peer's. What it still sends is dropped. */
  #drain(chunk: Uint8Array): void {
    if (!seekClose(this.#parser, chunk)) return;
    this.#state = "closed";
    this.#host.answered(this.#direction);
  }

  #violate(code: ErrorCode, detail = describeFrame(code, this.#parser)): void {
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
