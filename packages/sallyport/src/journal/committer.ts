import type { Buffer } from "node:buffer";
import {
  BlockBuilder,
  type BuiltBlock,
  type KnownName,
  knownName,
  type MessageExtra,
} from "./block-builder.ts";
import type { Keyring } from "./journal-keys.ts";
import type { JournalEvent, JournalNote } from "./journal-record.ts";
import { hasPayload, readMessageFlags } from "./message-flags.ts";
import type { PayloadKey } from "./payload-bundle.ts";
import { PayloadBundles, type PayloadSource } from "./payload-bundles.ts";
import { payloadDigest, type PayloadKeys, subjectOf } from "./payload-keys.ts";
import { problemOf } from "../problem-of.ts";
import type { Told } from "./record-intake.ts";
import { type Retired, retiredNote } from "./retain-segments.ts";
import type { RetentionClock } from "./retention-clock.ts";
import type { RingConsumer } from "./ring-consumer.ts";
import type { RingView } from "./ring-view.ts";
import { entryKind } from "./ring-layout.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { Speaker } from "./speaker.ts";

/** When a segment is sealed, and when a checkpoint is made. */
export interface CommitLimits {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly checkpointMs: number;
}

/** What the writer tells. */
export type CommitReport =
  /** Everything before a position of the ring is on the disk. */
  | { readonly type: "committed"; readonly position: number }
  /** The disk does not take records; they wait. */
  | { readonly type: "failing"; readonly detail: string }
  /** It takes them again. */
  | { readonly type: "mended" }
  | { readonly type: "checkpoint"; readonly note: string }
  /** A segment that is due to go stays. */
  | { readonly type: "unretired"; readonly problem: string }
  /** The wall clock leapt ahead by so many milliseconds: what is due by age alone waits. */
  | { readonly type: "leapt"; readonly milliseconds: number }
  | { readonly type: "erased"; readonly user: string; readonly keys: number }
  /** The rotation whose keys are in use now: what follows is sealed with them; `null` where there were none to be taken. */
  | { readonly type: "rotated"; readonly current: string | null };

/** What a committer needs. */
export interface CommitterOptions {
  readonly ring: RingConsumer;
  readonly writer: SegmentWriter;
  readonly keys: PayloadKeys;
  readonly journal: string;
  /** The keys that an entry of the ring says are to be used from there on; each is given once. */
  readonly takeKeyring: (number: number) => Keyring | null;
  /** What the committer was told whose place this one takes. */
  readonly told?: Told | null;
  readonly limits: CommitLimits;
  /**
   * Retires the oldest segment where that is due; it is asked at the start, after every seal, and as often as segments grow old. Age
   * goes by the second time.
   */
  readonly retain?: ((now: number, believed: number) => Retired | null) | null;
  /** By which segments grow old; default: the wall clock. */
  readonly clock?: RetentionClock | null;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
  readonly report: (report: CommitReport) => void;
}

/** What a turn did. `failed`: it is to be tried again, after a while. */
export type Turn = "idle" | "wrote" | "failed" | "ended";

/** A clock that steps back by less is not worth a record: threads and corrections do that. */
const CLOCK_STEP_MS = 1000;
/** Payload bytes of one block. */
const BLOCK_PAYLOAD_BYTES = 8 * 1024 * 1024;

type Stage = "records" | "seal";

function sourceOf(bytes: Buffer): PayloadSource {
  return { payloadBytes: bytes.length, copyPayload: (target, at) => void bytes.copy(target, at) };
}

/** Whether a time has passed. It has, too, where the clock stepped back since: nobody knows how long that was. */
function hasPassed(ms: number, since: number): boolean {
  return since >= ms || since < -CLOCK_STEP_MS;
}

/**
 * Makes blocks of what stands in the ring, and gives it back when it is on the disk. While the disk fails nothing is given back, so
 * that the ring fills and its producer does what it was told to do then; everything in the ring is written when the disk mends.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #builder = new BlockBuilder();
  readonly #sessions = new Map<number, Speaker>();
  readonly #names = new Map<number, KnownName>();
  /** What this turn made known: it counts from when its block is on the disk, so that a turn can be done again. */
  readonly #newSessions = new Map<number, Speaker>();
  readonly #newNames = new Map<number, KnownName>();
  readonly #endedSessions: number[] = [];
  readonly #bundles = new PayloadBundles();
  readonly #notes: JournalNote[] = [];
  #lastTime = 0;
  #committedTime = 0;
  /** Keys that are taken into use in this turn; `undefined` where none are to be. */
  #taken: Keyring | null | undefined = undefined;
  #erased: { readonly user: string; readonly keys: number } | null = null;
  /** What this turn is at. */
  #stage: Stage = "records";
  #failing: { readonly stage: Stage; readonly since: number; readonly detail: string } | null = null;
  #checkpointDue = false;
  /** The first is made with the first records: without one, nobody notices a cut tail. */
  #checkpointedAt = -Infinity;
  #checkpointedFrames = 0;
  #retainDue = true;
  #retainedAt = -Infinity;
  #believed = 0;
  #unretired = "";

  constructor(options: CommitterOptions) {
    this.#options = options;
    for (const [number, text] of options.told?.sessions ?? []) this.#sessions.set(number, new Speaker(text));
    for (const [number, text] of options.told?.names ?? []) this.#names.set(number, knownName(text));
  }

  /** Learns from what was written before this began, and is not written again. */
  learn(entry: RingView): void {
    const { kind, number } = entry;
    if (kind === entryKind.session) this.#sessions.set(number, new Speaker(entry.text));
    else if (kind === entryKind.name) this.#names.set(number, knownName(entry.text));
    else if (kind === entryKind.sessionEnd) this.#forget(number);
  }

  /** Records something of the journal itself, with the next block. */
  note(note: JournalNote): void {
    this.#notes.push(note);
  }

  /** Writes a block of what waits, if anything does; seals what is due. Never throws. */
  turn(): Turn {
    const { ring } = this.#options;
    this.#stage = "records";
    this.#look();
    try {
      const position = this.#collect();
      const wrote = this.#builder.records > 0;
      if (wrote) this.#write(this.#builder.build(), position);
      this.#adopt();
      if (wrote || ring.waiting > 0) this.#release(position);
      this.#mended();
      const isEmpty = ring.waiting === 0 && this.#notes.length === 0;
      const isEnd = ring.isClosing && isEmpty;
      this.#stage = "seal";
      this.#sealIfDue(isEnd);
      this.#mended();
      if (isEnd) return "ended";
      return this.#retain() || wrote || !isEmpty ? "wrote" : "idle";
    } catch (error) {
      this.#failed(error);
      return "failed";
    }
  }

  #look(): void {
    const { clock = null, now, report } = this.#options;
    const { believed, leapt } = clock?.look() ?? { believed: now(), leapt: null };
    this.#believed = believed;
    if (leapt === null) return;
    report({ type: "leapt", milliseconds: leapt });
    const to = now();
    this.note({ type: "journal", what: "clock", from: to - leapt, to });
  }

  #collect(): number {
    const { ring, now } = this.#options;
    this.#builder.reset();
    this.#bundles.reset();
    this.#newSessions.clear();
    this.#newNames.clear();
    this.#endedSessions.length = 0;
    this.#lastTime = this.#committedTime;
    for (const note of this.#notes) this.#builder.event(now(), note);
    return ring.read((entry) => this.#take(entry));
  }

  #take(entry: RingView): boolean {
    switch (entry.kind) {
      case entryKind.message:
        return this.#message(entry);
      case entryKind.event: {
        if (!this.#hasRoom(entry.time)) return false;
        const event: JournalEvent = JSON.parse(entry.text);
        this.#tick(entry.time);
        this.#builder.event(entry.time, event);
        return true;
      }
      case entryKind.session: {
        this.#newSessions.set(entry.number, new Speaker(entry.text));
        return true;
      }
      case entryKind.sessionEnd:
        this.#endedSessions.push(entry.number);
        return true;
      case entryKind.name:
        this.#newNames.set(entry.number, knownName(entry.text));
        return true;
      case entryKind.rotate:
        return this.#rotate(entry);
      default:
        return this.#erase(entry);
    }
  }

  #message(entry: RingView): boolean {
    const { time, number, flags, name } = entry;
    if (!this.#hasRoom(time)) return false;
    const speaker = this.#newSessions.get(number) ?? this.#sessions.get(number);
    this.#tick(time);
    if (speaker === undefined) {
      // No producer does this; nothing is dropped in silence all the same.
      this.#builder.event(time, {
        type: "journal",
        what: "shed",
        records: 1,
        bytes: 0,
        from: time,
        to: time,
      });
      return true;
    }
    const called = name === 0 ? null : (this.#newNames.get(name) ?? this.#names.get(name) ?? null);
    // The view itself says the rest: a million messages make no garbage here.
    const position = this.#builder.message(entry, speaker.known, called);
    if (entry.hasText) {
      const extra: MessageExtra = JSON.parse(entry.text);
      this.#builder.extra(extra);
    }
    if (hasPayload(flags)) this.#keep(speaker.keyOf(time, flags, this.#options.keys), position, entry);
    return true;
  }

  /** There is always room for one more: a step of the clock makes a record of its own. */
  #hasRoom(time: number): boolean {
    return this.#builder.fits(time) && this.#bundles.bytes < BLOCK_PAYLOAD_BYTES;
  }

  #tick(time: number): void {
    const back = this.#lastTime - time;
    if (back > CLOCK_STEP_MS)
      this.#builder.event(time, { type: "journal", what: "clock", from: this.#lastTime, to: time });
    this.#lastTime = time;
  }

  #keep(key: PayloadKey, position: number, entry: RingView): void {
    const isDigest = readMessageFlags(entry.flags).payload === "digest";
    this.#bundles.add(key, position, isDigest ? sourceOf(payloadDigest(key, entry.payload)) : entry);
  }

  /** It has a block to itself: what was said before is sealed with keys that are then destroyed, what follows with new ones. */
  #erase(entry: RingView): boolean {
    if (this.#builder.records > 0) return false;
    const { keys, now } = this.#options;
    const user = entry.text;
    keys.commit();
    const count = keys.erase(subjectOf({ user, session: "" })) + (this.#erased?.keys ?? 0);
    this.#erased = { user, keys: count };
    for (const speaker of this.#sessions.values()) speaker.forgetKeys();
    this.#builder.event(now(), { type: "journal", what: "erased", user, keys: count });
    return true;
  }

  /** What is said before is in a segment of its own, with the keys before. A turn that is done again finds that done. */
  #rotate(entry: RingView): boolean {
    if (this.#builder.records > 0) return false;
    const { keys, writer, takeKeyring, now } = this.#options;
    if (this.#taken === undefined) this.#taken = takeKeyring(entry.number);
    if (this.#taken !== null) {
      writer.rotate(this.#taken);
      keys.rotate(this.#taken);
    }
    for (const speaker of this.#sessions.values()) speaker.forgetKeys();
    const note: JournalNote = JSON.parse(entry.text);
    this.#builder.event(now(), note);
    return true;
  }

  #write(block: BuiltBlock, position: number): void {
    const { keys, writer, journal, ring } = this.#options;
    keys.commit();
    writer.begin();
    ring.begin(position, writer.frames);
    writer.append(block, (frame) => this.#bundles.seal({ journal, frame }));
    this.#notes.length = 0;
  }

  #adopt(): void {
    for (const [number, speaker] of this.#newSessions) this.#sessions.set(number, speaker);
    for (const [number, name] of this.#newNames) this.#names.set(number, name);
    for (const number of this.#endedSessions) this.#forget(number);
    this.#committedTime = this.#lastTime;
    if (this.#erased !== null) this.#options.report({ type: "erased", ...this.#erased });
    this.#erased = null;
    if (this.#taken !== undefined)
      this.#options.report({ type: "rotated", current: this.#taken?.current ?? null });
    this.#taken = undefined;
  }

  #forget(number: number): void {
    const facts = this.#sessions.get(number)?.known.facts;
    if (facts?.user === null) this.#options.keys.forget(facts.session);
    this.#sessions.delete(number);
  }

  #release(position: number): void {
    const { ring, report } = this.#options;
    ring.release(position);
    report({ type: "committed", position });
  }

  #sealIfDue(isEnd: boolean): void {
    const { writer, limits, now, report } = this.#options;
    const { open } = writer;
    const isFull = open !== null && open.bytes >= limits.segmentBytes;
    const isOld = open !== null && open.index.length > 0 && hasPassed(limits.segmentMs, now() - open.time);
    if (open !== null && (isFull || isOld || isEnd)) {
      writer.seal();
      this.#checkpointDue = true;
      this.#retainDue = true;
    }
    const isTime = hasPassed(limits.checkpointMs, now() - this.#checkpointedAt);
    if (!this.#checkpointDue && (!isTime || writer.frames === this.#checkpointedFrames)) return;
    const note = writer.checkpoint();
    this.#checkpointDue = false;
    this.#checkpointedAt = now();
    this.#checkpointedFrames = writer.frames;
    report({ type: "checkpoint", note });
  }

  /** One segment in a turn, so that what comes meanwhile does not wait long. Nothing that fails here stops what is recorded. */
  #retain(): boolean {
    const { retain = null, limits, now, writer, report } = this.#options;
    const isTime = hasPassed(limits.segmentMs, now() - this.#retainedAt);
    if (retain === null || (!this.#retainDue && !isTime)) return false;
    let retired: Retired | null;
    try {
      // Where nothing was said for so long, the newest segment may be due: another one takes its place.
      if (isTime) writer.begin();
      retired = retain(now(), this.#believed);
    } catch (error) {
      retired = { ok: false, problem: problemOf(error) };
    }
    this.#retainDue = retired?.ok === true;
    this.#retainedAt = now();
    const problem = retired?.ok === false ? retired.problem : "";
    if (problem !== "" && problem !== this.#unretired) report({ type: "unretired", problem });
    this.#unretired = problem;
    if (retired?.ok !== true) return false;
    // Their keys may be of a day that is gone now.
    for (const speaker of this.#sessions.values()) speaker.forgetKeys();
    this.note(retiredNote(retired.tombstone, retired.keys));
    return true;
  }

  #failed(error: unknown): void {
    if (this.#failing !== null) return;
    const { now, report } = this.#options;
    const detail = problemOf(error);
    this.#failing = { stage: this.#stage, since: now(), detail };
    report({ type: "failing", detail });
  }

  /** What failed has succeeded. Only where records waited is that recorded. */
  #mended(): void {
    if (this.#failing?.stage !== this.#stage) return;
    const { now, report } = this.#options;
    const { stage, since, detail } = this.#failing;
    if (stage === "records")
      this.#notes.push({ type: "journal", what: "disk", from: since, to: now(), detail });
    this.#failing = null;
    report({ type: "mended" });
  }
}
