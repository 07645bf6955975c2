import { isUtf8 } from "node:buffer";
import type { ErrorCode } from "../errors.ts";
import { serializeFrame } from "../protocol/frame-serializer.ts";
import { frameBound, ownHeaderBytes, writeFrame } from "../protocol/frame-writer.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import { closeOf, type ClosingWords } from "./closing-words.ts";
import { finishStream } from "./finish-stream.ts";
import { frameSlab } from "./frame-slab.ts";
import type { LaneHost, LaneOptions, LaneRules, SessionLane } from "./lane-host.ts";
import { LaneMessage } from "./lane-message.ts";
import type { MessageRecord } from "./message-record.ts";
import {
  encodeMessage,
  payloadBytes,
  type OutgoingMessage,
  type RawMessage,
  type SentMessage,
  type ShownMessage,
} from "./outgoing-message.ts";
import { breachOf } from "./outgoing-breach.ts";
import { OutgoingCork } from "./outgoing-cork.ts";
import { OutgoingQueue } from "./outgoing-queue.ts";
import { OutgoingStream, type StreamPart } from "./outgoing-stream.ts";
import { Vetting, type VettingOutcome } from "./vetting.ts";

/** Larger messages have memory of their own. */
const LARGEST_IN_SLAB = 0x4000;
/** What is vetted and not written yet is written at the latest when it is so much. */
const MOST_CORKED_BYTES = 0x1_0000;

/**
 * The lane of an application in this process: its messages in, vetted frames for the client out. Each is encoded once, vetted
 * whole, and leaves with its neighbours in one write, at `flush`.
 */
export class MessageLane implements SessionLane {
  messages = 0;
  bytes = 0;
  lastDataAt = 0;
  readonly frameSince = null;
  readonly messageSince = null;
  readonly farMidFrame = false;

  readonly #host: LaneHost;
  readonly #message: LaneMessage;
  readonly #record: MessageRecord | null;
  readonly #vetting: Vetting;
  readonly #cork = new OutgoingCork();
  #limits: MessageLimits;
  #open = true;
  /** Messages that wait behind one that a guard holds or waits with; that one first, where a guard waits with it. */
  #queue: OutgoingQueue | null = null;
  #closing: ClosingWords | null = null;
  /** The message whose fragments go on now; others wait. */
  #streaming: OutgoingStream | null = null;
  /** A message is before the guards: who hears of what they decide may send another, which waits. */
  #judging = false;
  /** Something came meanwhile. */
  #hasNested = false;

  constructor(options: LaneOptions) {
    const { direction, limits, guards, host, dialect, record = null, names = null } = options;
    this.#host = host;
    this.#limits = limits;
    this.#message = new LaneMessage(direction, dialect, names);
    this.#record = record;
    this.#vetting = new Vetting({ direction, guards, host, message: this.#message });
  }

  change({ limits, guards, dialect }: LaneRules): void {
    this.#message.dialect = dialect;
    this.#vetting.change(guards);
    this.#limits = limits;
  }

  /** Nobody looks at its messages, nor is told of them: there are the limits, and what the client takes. */
  get #plain(): boolean {
    return !this.#vetting.asks && this.#record === null && this.#message.dialect === null;
  }

  get holdUntil(): number {
    return this.#vetting.holdUntil;
  }

  get open(): boolean {
    return this.#open;
  }

  get calm(): boolean {
    return this.holdUntil === 0 && this.between;
  }

  get between(): boolean {
    return this.#open && !this.#vetting.held && this.#queue === null && this.#streaming === null;
  }

  /** Whether a message may go on in fragments, as it comes: no guard reads it, and the route asks for that. */
  get streams(): boolean {
    return this.#limits.stream && !this.#vetting.readsPayload;
  }

  /** The largest message, bytes. */
  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** Whether messages wait behind one that a guard holds or waits with. */
  get queues(): boolean {
    return this.#queue !== null;
  }

  /** Bytes that the application has sent and that were not written yet. */
  get waitingBytes(): number {
    return this.#cork.bytes + (this.#queue?.bytes ?? 0);
  }

  /** Its messages come by `send`. */
  receive(): void {}

  /** Takes a message, or a part of the one that goes on now. */
  send(message: SentMessage | StreamPart, now: number): void {
    if (!this.#open) return;
    if ("stream" in message) return this.#takePart(message, now);
    if (this.#closing !== null) return;
    if (!("data" in message)) this.#sendEncoded(message, now);
    else this.#sendData(message, now);
    if (this.#hasNested && !this.#judging) this.resume(now);
  }

  #sendData({ opcode, data }: RawMessage, now: number): void {
    const bound = frameBound(data);
    if (bound > LARGEST_IN_SLAB || !this.#isFree(now))
      return this.#sendEncoded(encodeMessage(opcode, data, false), now);
    frameSlab.reserve(bound);
    const { bytes, end: start } = frameSlab;
    const end = writeFrame(bytes, start, { opcode, data, fin: true });
    // Taken before anybody is asked: whoever hears of a decision may send something, too, or have others write what they have here.
    frameSlab.end = end;
    const isNew = this.#cork.enterSlab();
    const size = payloadBytes(end - start);
    const begin = start + ownHeaderBytes(size);
    const known = typeof data === "string";
    const read = (): Uint8Array => bytes.subarray(begin, end);
    const outcome = this.#take({ opcode, size, known, passedFor: null, read }, now);
    if (outcome === "wait") this.#keepFirst(encodeMessage(opcode, read(), false));
    if (outcome !== true) return isNew ? this.#cork.leaveSlab() : undefined;
    this.#cork.extend(bytes, start, end);
    this.#writeWhenFull();
  }

  #sendEncoded(message: OutgoingMessage, now: number): void {
    if (!this.#isFree(now)) {
      if (!this.#host.hasRoom("outbound"))
        return message instanceof OutgoingStream ? message.lose() : undefined;
      (this.#queue ??= new OutgoingQueue()).push(message);
      this.#hasNested ||= this.#judging;
      return;
    }
    this.#process(message, now);
  }

  /** Says the application's Close, behind all that it sent. @param code `null`: a Close without a body */
  close(code: number | null, reason: string, now: number): void {
    if (!this.#open || this.#closing !== null) return;
    this.#closing = { code, reason };
    this.#hasNested ||= this.#judging;
    if (this.#isFree(now)) this.#close();
  }

  /** Writes what was vetted, as one. */
  flush(): void {
    if (!this.#judging) this.#write();
  }

  #write(): void {
    if (this.#cork.bytes === 0) return;
    const pieces = this.#cork.take();
    if (pieces.length > 0) this.#host.forward("outbound", pieces);
    this.#cork.leaveSlab();
  }

  resume(now: number): void {
    if (this.#judging || now < this.holdUntil) return;
    if (this.#vetting.waits && !this.#vetWaiting(now)) return;
    this.#vetting.holdUntil = 0;
    while (!this.#isHeldBy(now)) {
      const next = this.#takeFirst();
      if (next === null) break;
      this.#process(next, now);
    }
    if (this.#closing !== null && this.#isFree(now)) this.#close();
    this.#hasNested = false;
    this.flush();
  }

  letGo(now: number): void {
    this.#vetting.letGo();
    this.resume(now);
  }

  stop(): void {
    if (!this.#open) return;
    this.#write();
    this.#open = false;
    const streamed = this.#streaming?.hasBegun === true ? this.#streaming.size : null;
    this.#record?.stop(this.#message, streamed ?? this.#message.size, streamed !== null);
    this.#streaming = null;
    this.#queue = null;
    this.#message.clear();
    this.#vetting.finish();
  }

  /** Whether a message may be vetted now, and not behind others. */
  #isFree(now: number): boolean {
    return !this.#judging && this.#queue === null && !this.#isHeldBy(now);
  }

  #isHeldBy(now: number): boolean {
    return now < this.holdUntil || this.#vetting.waits || this.#streaming !== null;
  }

  #process(message: OutgoingMessage, now: number): void {
    if (message instanceof OutgoingStream) return this.#begin(message);
    const { opcode, payload, frame, passedFor, known } = message;
    const size = payload.length;
    const outcome = this.#take({ opcode, size, known, passedFor, read: () => payload }, now);
    if (outcome === "wait") return this.#keepFirst(message);
    if (!outcome) return;
    this.#cork.push(frame);
    this.#writeWhenFull();
  }

  #take(shown: ShownMessage, now: number): "wait" | boolean {
    const isPlain = this.#plain && (shown.known || shown.opcode !== opcodes.text);
    return isPlain ? this.#pass(shown, now) : this.#judge(shown, now);
  }

  /** Lets a message pass at which nobody looks: within the limits, and where there is room. Whether it goes on. */
  #pass({ opcode, size }: ShownMessage, now: number): boolean {
    this.#judging = true;
    try {
      const breach = breachOf(this.#limits, opcode, size);
      if (breach !== null) this.#violate(breach, `${size} bytes, opcode ${opcode}`);
      if (breach !== null || !this.#host.hasRoom("outbound") || !this.#open) return false;
    } finally {
      this.#judging = false;
    }
    this.messages++;
    this.bytes += size;
    this.lastDataAt = now;
    return true;
  }

  /** The turn of a message that comes in fragments. */
  #begin(stream: OutgoingStream): void {
    if (!this.#host.hasRoom("outbound")) return stream.lose();
    this.#streaming = stream;
    stream.open(this.#limits);
  }

  /** A part of the message that goes on now. Control frames may stand before and behind it, and a Close (RFC 6455 5.4). */
  #takePart({ stream, piece }: StreamPart, now: number): void {
    if (stream !== this.#streaming) return;
    if (piece !== undefined) {
      if (!stream.hasBegun) this.#record?.begin(stream.opcode, false);
      const frame = piece === null ? this.#finish(stream, now) : stream.fragment(piece);
      if (typeof frame === "string") return void this.#violate(frame, `${stream.size} bytes, in fragments`);
      this.lastDataAt = now;
      this.#cork.push(frame);
      this.#writeWhenFull();
      if (piece !== null) return;
    }
    this.#streaming = null;
    this.resume(now);
  }

  #finish(stream: OutgoingStream, now: number): Uint8Array | ErrorCode {
    const judges = { message: this.#message, record: this.#record, vetting: this.#vetting };
    this.#judging = true;
    try {
      const frame = finishStream(stream, judges, now);
      if (typeof frame === "string") return frame;
      this.messages++;
      this.bytes += stream.size;
      return frame;
    } finally {
      this.#judging = false;
    }
  }

  /** Has the guards look, and does what they decide. Whether the frame goes on as it is. */
  #judge(shown: ShownMessage, now: number): "wait" | boolean {
    this.#judging = true;
    try {
      const outcome = this.#vet(shown, now);
      return outcome === "wait" ? outcome : this.#conclude(outcome, shown.size, now);
    } finally {
      this.#judging = false;
    }
  }

  /** Asks the guards. */
  #vet({ opcode, size, known, passedFor, read }: ShownMessage, now: number): VettingOutcome {
    const breach = breachOf(this.#limits, opcode, size);
    if (breach !== null) return this.#violate(breach, `${size} bytes, opcode ${opcode}`);
    if (opcode === opcodes.text && !known && !isUtf8(read()))
      return this.#violate("protocol.invalid-utf8", "text that is not UTF-8");
    const recorded = this.#record?.begin(opcode, true) ?? false;
    const payload = this.#vetting.readsPayload || recorded ? read() : EMPTY;
    this.#message.fill(opcode, size, payload);
    this.#record?.came(payload, size);
    return this.#vetting.vet(now, passedFor);
  }

  /** Does what was decided. Returns whether the frame goes on as it is. */
  #conclude(outcome: VettingOutcome, size: number, now: number): boolean {
    const goesOn = outcome === "pass" && this.#host.hasRoom("outbound");
    if (!this.#open) return false;
    const { replacement } = this.#vetting;
    const { opcode } = this.#message;
    const room = this.#record?.conclude(this.#message, goesOn) ?? null;
    if (goesOn) {
      this.messages++;
      this.bytes += size;
      this.lastDataAt = now;
      this.#message.commit();
    }
    this.#message.clear();
    this.#vetting.finish();
    if (room !== null) this.#vetting.pause((goOn) => void room.then(goOn));
    if (!goesOn || replacement === null) return goesOn;
    const frame = serializeFrame({ opcode, payload: replacement, maskKey: null });
    this.#cork.push(frame);
    this.#writeWhenFull();
    return false;
  }

  /** Keeps the message that a guard waits with, before all others. */
  #keepFirst(message: OutgoingMessage): void {
    (this.#queue ??= new OutgoingQueue()).putFirst(message);
    if (this.#vetting.readsPayload && this.#vetting.replacement === null) this.#message.move(message.payload);
    this.#record?.move(message.payload);
  }

  /** Goes on with the message that a guard waits with. Returns whether others may be looked at. */
  #vetWaiting(now: number): boolean {
    this.#judging = true;
    let first: OutgoingMessage | null = null;
    let goesOn = false;
    try {
      const outcome = this.#vetting.again(now);
      if (outcome === "wait") return false;
      first = this.#takeFirst();
      if (first === null) return true;
      goesOn = this.#conclude(outcome, first.payload.length, now);
    } finally {
      this.#judging = false;
    }
    if (goesOn) {
      this.#cork.push(first.frame);
      this.#writeWhenFull();
    }
    return now >= this.holdUntil;
  }

  /** Takes the first of those that wait; `null`: none does. */
  #takeFirst(): OutgoingMessage | null {
    const first = this.#queue?.shift() ?? null;
    if (this.#queue?.isEmpty === true) this.#queue = null;
    return first;
  }

  #writeWhenFull(): void {
    if (this.#cork.bytes >= MOST_CORKED_BYTES) this.flush();
  }

  #close(): void {
    const words = this.#closing ?? { code: null, reason: "" };
    this.stop();
    this.#host.closed("outbound", closeOf(words));
  }

  #violate(code: ErrorCode, detail: string): "stop" {
    this.#host.violate("outbound", code, detail);
    this.stop();
    return "stop";
  }
}

const EMPTY = new Uint8Array(0);
