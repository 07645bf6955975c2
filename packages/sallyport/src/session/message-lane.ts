import { isUtf8 } from "node:buffer";
import type { ErrorCode } from "../errors.ts";
import { serializeClose, serializeFrame } from "../protocol/frame-serializer.ts";
import { frameBound, ownHeaderBytes, writeFrame } from "../protocol/frame-writer.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
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
} from "./outgoing-message.ts";
import { OutgoingRun } from "./outgoing-run.ts";
import { Vetting, type VettingOutcome } from "./vetting.ts";

/** Larger messages have memory of their own. */
const LARGEST_IN_SLAB = 0x4000;
/** What is vetted and not written yet is written at the latest when it is so much. */
const MOST_CORKED_BYTES = 0x1_0000;

/** The Close of an application, which waits behind its messages. */
interface ClosingWords {
  readonly code: number | null;
  readonly reason: string;
}

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
  readonly #out = new OutgoingRun();
  #limits: MessageLimits;
  #open = true;
  /** Bytes vetted and not written yet. */
  #corked = 0;
  #inSlab = false;
  /** Messages that wait behind one that a guard holds or waits with; that one first, where a guard waits with it. */
  #queue: OutgoingMessage[] | null = null;
  /** Messages at its beginning that have gone on. */
  #gone = 0;
  #queuedBytes = 0;
  #closing: ClosingWords | null = null;
  /** A message is before the guards: who hears of what they decide may send another, which waits. */
  #judging = false;
  /** Something came meanwhile. */
  #hasNested = false;
  /** Nobody looks at its messages, nor is told of them: there are the limits, and what the client takes. */
  #plain = false;

  constructor(options: LaneOptions) {
    const { direction, limits, guards, host, dialect, record = null, names = null } = options;
    this.#host = host;
    this.#limits = limits;
    this.#message = new LaneMessage(direction, dialect, names);
    this.#record = record;
    this.#vetting = new Vetting({ direction, guards, host, message: this.#message });
    this.#plain = this.#isPlain();
  }

  change({ limits, guards, dialect }: LaneRules): void {
    this.#message.dialect = dialect;
    this.#vetting.change(guards);
    this.#limits = limits;
    this.#plain = this.#isPlain();
  }

  #isPlain(): boolean {
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
    return this.#open && !this.#vetting.held && this.#queue === null;
  }

  /** Whether messages wait behind one that a guard holds or waits with. */
  get queues(): boolean {
    return this.#queue !== null;
  }

  /** Bytes that the application has sent and that were not written yet. */
  get waitingBytes(): number {
    return this.#corked + this.#queuedBytes;
  }

  /** Its messages come by `send`. */
  receive(): void {}

  /** Takes a message. */
  send(message: SentMessage, now: number): void {
    if (!this.#open || this.#closing !== null) return;
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
    const isNew = !this.#inSlab;
    if (isNew) frameSlab.enter();
    this.#inSlab = true;
    const size = payloadBytes(end - start);
    const begin = start + ownHeaderBytes(size);
    const known = typeof data === "string";
    let outcome: "wait" | boolean;
    if (this.#plain && (known || opcode !== opcodes.text)) {
      outcome = this.#pass(opcode, size, now);
    } else {
      const read = (): Uint8Array => bytes.subarray(begin, end);
      outcome = this.#judge({ opcode, size, known, passedFor: null, read }, now);
      if (outcome === "wait") this.#keepFirst(encodeMessage(opcode, read(), false));
    }
    if (outcome !== true) return isNew ? this.#leaveSlab() : undefined;
    this.#out.turn(bytes);
    this.#out.extend(start, end);
    this.#cork(end - start);
  }

  #sendEncoded(message: OutgoingMessage, now: number): void {
    if (!this.#isFree(now)) {
      if (!this.#host.hasRoom("outbound")) return;
      (this.#queue ??= []).push(message);
      this.#queuedBytes += weightOf(message);
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
    if (this.#corked === 0) return;
    this.#corked = 0;
    const pieces = this.#out.take();
    if (pieces.length > 0) this.#host.forward("outbound", pieces);
    this.#leaveSlab();
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
    this.#record?.stop(this.#message, this.#message.size, false);
    this.#queue = null;
    this.#queuedBytes = 0;
    this.#message.clear();
    this.#vetting.finish();
  }

  /** Whether a message may be vetted now, and not behind others. */
  #isFree(now: number): boolean {
    return !this.#judging && this.#queue === null && !this.#isHeldBy(now);
  }

  #isHeldBy(now: number): boolean {
    return now < this.holdUntil || this.#vetting.waits;
  }

  #process(message: OutgoingMessage, now: number): void {
    const { opcode, payload, frame, passedFor, known } = message;
    const size = payload.length;
    let outcome: "wait" | boolean;
    if (this.#plain && (known || opcode !== opcodes.text)) outcome = this.#pass(opcode, size, now);
    else outcome = this.#judge({ opcode, size, known, passedFor, read: () => payload }, now);
    if (outcome === "wait") return this.#keepFirst(message);
    if (!outcome) return;
    this.#out.push(frame);
    this.#cork(frame.length);
  }

  /** Lets a message pass at which nobody looks: within the limits, and where there is room. Whether it goes on. */
  #pass(opcode: number, size: number, now: number): boolean {
    // Whoever hears of what is decided may send another, which waits.
    this.#judging = true;
    try {
      const breach = breachOf(this.#limits, opcode, size);
      if (breach !== null) this.#violate(breach, `${size} bytes, opcode ${opcode}`);
      else if (!this.#host.hasRoom("outbound")) return false;
      if (!this.#open) return false;
    } finally {
      this.#judging = false;
    }
    this.messages++;
    this.bytes += size;
    this.lastDataAt = now;
    return true;
  }

  /** Has the guards look, and does what they decide. Whether the frame goes on as it is. */
  #judge(shown: Shown, now: number): "wait" | boolean {
    this.#judging = true;
    try {
      const outcome = this.#vet(shown, now);
      return outcome === "wait" ? outcome : this.#conclude(outcome, shown.size, now);
    } finally {
      this.#judging = false;
    }
  }

  /** Asks the guards. */
  #vet({ opcode, size, known, passedFor, read }: Shown, now: number): VettingOutcome {
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
    this.#out.push(frame);
    this.#cork(frame.length);
    return false;
  }

  /** Keeps the message that a guard waits with, before all others. */
  #keepFirst(message: OutgoingMessage): void {
    this.#queue = [message, ...(this.#queue ?? []).slice(this.#gone)];
    this.#gone = 0;
    this.#queuedBytes += weightOf(message);
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
      this.#out.push(first.frame);
      this.#cork(first.frame.length);
    }
    return now >= this.holdUntil;
  }

  /** Takes the first of those that wait; `null`: none does. */
  #takeFirst(): OutgoingMessage | null {
    const first = this.#queue?.[this.#gone];
    if (first === undefined) return null;
    this.#gone += 1;
    this.#queuedBytes -= weightOf(first);
    if (this.#gone === this.#queue?.length) {
      this.#queue = null;
      this.#gone = 0;
    } else if (this.#gone === MOST_GONE) {
      this.#queue?.splice(0, MOST_GONE);
      this.#gone = 0;
    }
    return first;
  }

  #cork(bytes: number): void {
    this.#corked += bytes;
    if (this.#corked >= MOST_CORKED_BYTES) this.flush();
  }

  #leaveSlab(): void {
    if (!this.#inSlab) return;
    this.#inSlab = false;
    this.#out.turn(EMPTY);
    frameSlab.leave();
  }

  #close(): void {
    const { code, reason } = this.#closing ?? { code: null, reason: "" };
    this.stop();
    const raw = code === null ? EMPTY_CLOSE : serializeClose(code, reason, null);
    this.#host.closed("outbound", { code: code ?? NO_CODE, reason, raw });
  }

  #violate(code: ErrorCode, detail: string): "stop" {
    this.#host.violate("outbound", code, detail);
    this.stop();
    return "stop";
  }
}

/** A message as it is shown to the guards. */
interface Shown {
  readonly opcode: number;
  readonly size: number;
  /** It was text before it was bytes. */
  readonly known: boolean;
  readonly passedFor: OutgoingMessage["passedFor"];
  /** Its payload, for those who look. */
  readonly read: () => Uint8Array;
}

const EMPTY = new Uint8Array(0);
/** A Close without a body (RFC 6455 5.5.1), and the code that stands for that (7.1.5). */
const EMPTY_CLOSE = Uint8Array.of(0x80 | opcodes.close, 0);
const NO_CODE = 1005;

/** What a message that waits is counted as: however short it is, it takes this much memory at least. */
function weightOf({ frame }: OutgoingMessage): number {
  return Math.max(frame.length, LEAST_WEIGHT);
}

const LEAST_WEIGHT = 64;
/** So many messages that have gone on are kept at the beginning of a queue before it is cut. */
const MOST_GONE = 1024;

function breachOf(
  { maxBytes, opcodes: allowed }: MessageLimits,
  opcode: number,
  size: number,
): ErrorCode | null {
  if (allowed !== "any" && opcode !== opcodes[allowed]) return "messageSize.opcode";
  return size > maxBytes ? "messageSize.bytes" : null;
}
