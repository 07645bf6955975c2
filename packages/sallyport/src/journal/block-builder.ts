import { Buffer } from "node:buffer";
import { fingerprint, fingerprintsOf } from "./fingerprint.ts";
import type { JournalEvent, SessionFacts } from "./journal-record.ts";
import { isPassed, readMessageFlags } from "./message-flags.ts";

/** A session as the writer knows it: what every block says of it is made once. */
export interface KnownSession {
  readonly facts: SessionFacts;
  /** The facts as they stand in a block. */
  readonly json: string;
  readonly fingerprints: readonly number[];
}

/** A message's name as the writer knows it. */
export interface KnownName {
  readonly json: string;
  readonly fingerprint: number;
}

/** What a block takes of a message. */
export interface BlockMessage {
  readonly time: number;
  readonly sequence: number;
  readonly size: number;
  readonly flags: number;
}

/** Why a message did not pass. */
export interface MessageExtra {
  readonly code?: string;
  readonly incident?: string;
}

/** The plain bytes of a block, and what an index says of it. */
export interface BuiltBlock {
  readonly plain: Buffer;
  readonly records: number;
  readonly minTime: number;
  readonly maxTime: number;
  /** Sorted, each once. */
  readonly fingerprints: Uint32Array;
}

/** The most records of a block: enough for compression, and few enough to be read for one of them. */
export const BLOCK_RECORDS = 8192;
/** A column of times holds differences of 32 bits. */
const MAX_STEP_MS = 0x7fffffff;

/** The guard that a code is of; `null` where there is no code. */
export function guardOf(code: string | undefined): string | null {
  return code === undefined ? null : (code.split(".", 1)[0] ?? null);
}

/** Makes a session known. */
export function knownSession(facts: SessionFacts): KnownSession {
  return { facts, json: JSON.stringify(facts), fingerprints: fingerprintsOf(facts) };
}

/** Makes a name known. */
export function knownName(name: string): KnownName {
  return { json: JSON.stringify(name), fingerprint: fingerprint("name", name) };
}

/**
 * Collects records into one block. A block stands for itself: it tells its sessions and names, then events as JSON, then
 * messages in columns, which compress to a few bytes each. `docs/reference/journal-format.md` describes its bytes.
 */
export class BlockBuilder {
  readonly #steps = new Int32Array(BLOCK_RECORDS);
  readonly #sequences = new Uint32Array(BLOCK_RECORDS);
  readonly #sizes = new Uint32Array(BLOCK_RECORDS);
  readonly #sessionColumn = new Uint16Array(BLOCK_RECORDS);
  readonly #nameColumn = new Uint16Array(BLOCK_RECORDS);
  readonly #flags = new Uint8Array(BLOCK_RECORDS);
  readonly #sessions = new Map<KnownSession, { readonly index: number; last: number }>();
  readonly #names = new Map<KnownName, number>();
  readonly #events: string[] = [];
  readonly #extras: string[] = [];
  readonly #fingerprints = new Set<number>();
  #messages = 0;
  #records = 0;
  #base = 0;
  #lastMessage = 0;
  #minTime = Infinity;
  #maxTime = -Infinity;

  /** How many records it has. */
  get records(): number {
    return this.#records;
  }

  /** Whether a record of this time goes in. */
  fits(time: number): boolean {
    if (this.#records === 0) return true;
    return this.#records < BLOCK_RECORDS && Math.abs(time - this.#lastMessage) <= MAX_STEP_MS;
  }

  /** Forgets everything that was added. */
  reset(): void {
    this.#sessions.clear();
    this.#names.clear();
    this.#events.length = 0;
    this.#extras.length = 0;
    this.#fingerprints.clear();
    this.#messages = 0;
    this.#records = 0;
    this.#minTime = Infinity;
    this.#maxTime = -Infinity;
  }

  /** Adds a message; its position in the block. */
  message(message: BlockMessage, session: KnownSession, name: KnownName | null): number {
    const at = this.#messages++;
    this.#passes(message.time);
    this.#steps[at] = message.time - this.#lastMessage;
    this.#lastMessage = message.time;
    const place = this.#session(session);
    this.#sequences[at] = message.sequence - place.last;
    place.last = message.sequence;
    this.#sessionColumn[at] = place.index;
    this.#sizes[at] = message.size;
    this.#nameColumn[at] = name === null ? 0 : this.#name(name);
    this.#flags[at] = message.flags;
    if (!isPassed(message.flags)) {
      const { verdict } = readMessageFlags(message.flags);
      this.#fingerprints.add(fingerprint("verdict", verdict));
    }
    return this.#records++;
  }

  /** Says more of the message that was added last: why it did not pass. */
  extra(extra: MessageExtra): void {
    this.#extras.push(`[${this.#records - 1},${JSON.stringify(extra)}]`);
    const guard = guardOf(extra.code);
    for (const print of fingerprintsOf({ guard, incident: extra.incident })) this.#fingerprints.add(print);
  }

  /** Adds an event; its position in the block. */
  event(time: number, event: JournalEvent): number {
    this.#passes(time);
    this.#events.push(`[${this.#records},${JSON.stringify({ time, ...event })}]`);
    for (const print of fingerprintsOf(event)) this.#fingerprints.add(print);
    return this.#records++;
  }

  /** Ends the block. */
  build(): BuiltBlock {
    const text = Buffer.from(this.#text());
    const padding = (8 - (text.length % 8)) % 8;
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(text.length + padding, 0);
    lengths.writeUInt32LE(this.#messages, 4);
    const columns = [
      this.#steps,
      this.#sequences,
      this.#sizes,
      this.#sessionColumn,
      this.#nameColumn,
      this.#flags,
    ].map(({ buffer, BYTES_PER_ELEMENT }) => Buffer.from(buffer, 0, this.#messages * BYTES_PER_ELEMENT));
    return {
      plain: Buffer.concat([lengths, text, Buffer.alloc(padding, " "), ...columns]),
      records: this.#records,
      minTime: this.#minTime,
      maxTime: this.#maxTime,
      fingerprints: Uint32Array.from(this.#fingerprints).sort(),
    };
  }

  #text(): string {
    return `{${[
      `"time":${this.#base}`,
      list(
        "sessions",
        this.#sessions.keys().map(({ json }) => json),
      ),
      list(
        "names",
        this.#names.keys().map(({ json }) => json),
      ),
      list("events", this.#events),
      list("extras", this.#extras),
    ].join(",")}}`;
  }

  #passes(time: number): void {
    if (this.#records === 0) this.#base = this.#lastMessage = time;
    if (time < this.#minTime) this.#minTime = time;
    if (time > this.#maxTime) this.#maxTime = time;
  }

  #session(session: KnownSession): { readonly index: number; last: number } {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const added = { index: this.#sessions.size, last: 0 };
    this.#sessions.set(session, added);
    for (const print of session.fingerprints) this.#fingerprints.add(print);
    return added;
  }

  /** Names count from 1: 0 is none. */
  #name(name: KnownName): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const added = this.#names.size + 1;
    this.#names.set(name, added);
    this.#fingerprints.add(name.fingerprint);
    return added;
  }
}

/** A member of an object whose elements are JSON already. */
function list(name: string, elements: Iterable<string>): string {
  return `"${name}":[${[...elements].join(",")}]`;
}
