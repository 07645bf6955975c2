import { Buffer } from "node:buffer";
import { createHmac, randomBytes } from "node:crypto";
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { hasCode } from "../has-code.ts";
import type { Keyring, ReadingKeys } from "./journal-keys.ts";
import type { PayloadKey } from "./payload-bundle.ts";
import type { PayloadClass } from "./role-keys.ts";
import { openBox, sealBox } from "./sealed-box.ts";
import { syncDirectory } from "./write-durably.ts";

/** Where the payload keys are, below the journal unless they are kept elsewhere. */
export const PAYLOAD_KEYS = "payload-keys";

const KEY_BYTES = 32;
const OF_USER = "user ";
const DAY_FILE = /^\d{4}-\d{2}-\d{2}\.keys$/;
/** Its id, the rotation and the class of the key that sealed it, and the box. */
const LINE = /^([0-9a-f]{16}) ([0-9a-f]{16}) (redacted|full) ([A-Za-z0-9+/]+={0,2})$/;

/** A payload key as it is kept. */
interface StoredKey extends PayloadKey {
  readonly subject: string;
  readonly rotation: string;
  readonly payloads: PayloadClass;
  readonly line: string;
}

/**
 * The keys of what users said, one for each user and day and for what was redacted another, apart from what they seal:
 * destroying a key destroys what it sealed, wherever copies of that are. A file for each day (UTC) has a line for each key, sealed
 * with a key of the journal that only those have who may read what it seals. Who said something without being known has keys for
 * each session. A rotation of the journal's keys begins new ones.
 */
export class PayloadKeys {
  readonly #directory: string;
  #keyring: ReadingKeys & Partial<Keyring>;
  /** The keys of the days that are written in now, by day, class and subject. */
  readonly #days = new Map<string, Map<string, PayloadKey>>();
  readonly #pending = new Map<string, string[]>();
  /** Every key, by its id; read when it is asked for. */
  #all: Map<string, StoredKey> | null = null;

  /** @param keyring a reader's finds keys and makes none */
  constructor(directory: string, keyring: ReadingKeys) {
    this.#directory = directory;
    this.#keyring = keyring;
  }

  /** Where they are. */
  get directory(): string {
    return this.#directory;
  }

  /** From now on makes keys that are sealed with the newest of other keys. */
  rotate(keyring: Keyring): void {
    this.#keyring = keyring;
    this.#days.clear();
    this.#all = null;
  }

  /** The key of a subject on the day of a moment. A new one is not on the disk before `commit`. */
  keyOf(subject: string, time: number, payloads: PayloadClass): PayloadKey {
    const day = dayOf(time);
    const keys = this.#day(day);
    const known = keys.get(`${payloads} ${subject}`);
    if (known !== undefined) return known;
    const made = { id: randomBytes(8).toString("hex"), key: randomBytes(KEY_BYTES) };
    keys.set(`${payloads} ${subject}`, made);
    const line = sealLine(made, { subject, day, payloads, keyring: this.#keyring });
    this.#pending.set(day, [...(this.#pending.get(day) ?? []), line]);
    return made;
  }

  /** Puts new keys on the disk, before anything that they seal. @throws where the disk does not take them: call it again */
  commit(): void {
    for (const [day, lines] of this.#pending) {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      // A line that was torn by a failure before ends here, and is skipped when it is read.
      appendDurably(this.#file(day), `\n${lines.join("\n")}\n`);
      this.#pending.delete(day);
    }
    this.#forgetOldDays();
  }

  /** Lets go of the keys of somebody unknown, whose session is over: nobody makes so many that they fill the memory. */
  forget(session: string): void {
    const subject = subjectOf({ user: null, session });
    for (const keys of this.#days.values())
      for (const payloads of ["redacted", "full"]) keys.delete(`${payloads} ${subject}`);
  }

  /** Whether there are keys, and none that these keys open. */
  areForeign(): boolean {
    const days = this.#dayFiles();
    const hasKeys = days.some((day) => readOrNone(this.#file(day)).split("\n").some(isKeyLine));
    return hasKeys && days.every((day) => this.#read(day).length === 0);
  }

  /** Reads the files again when the next key is asked for: others write and erase there. */
  refresh(): void {
    this.#all = null;
  }

  /**
   * The key of an id; `null` where it was erased, or these keys do not open it.
   *
   * @param subjects whose keys are asked for; default: anybody's
   */
  find(id: string, subjects: ReadonlySet<string> | null = null): Uint8Array | null {
    this.#all ??= new Map(
      this.#dayFiles().flatMap((day) => this.#read(day).map((stored) => [stored.id, stored] as const)),
    );
    const found = this.#all.get(id);
    return found === undefined || subjects?.has(found.subject) === false ? null : found.key;
  }

  /**
   * Destroys every key of a subject; how many there were. The file is written anew without them, and where it was is
   * overwritten: what the file system or the disk keeps of that is theirs. @throws where these are the keys of a reader, who does
   * not see all of them
   */
  erase(subject: string): number {
    if (this.#keyring.current === undefined) throw new Error("a reader erases nothing");
    let erased = 0;
    for (const day of this.#dayFiles()) {
      const stored = this.#read(day);
      const kept = stored.filter((key) => key.subject !== subject);
      if (kept.length === stored.length) continue;
      erased += stored.length - kept.length;
      replaceDurably(this.#file(day), kept.map(({ line }) => `${line}\n`).join(""));
      for (const payloads of ["redacted", "full"]) this.#days.get(day)?.delete(`${payloads} ${subject}`);
    }
    this.#all = null;
    return erased;
  }

  /** Destroys the keys of every day that ended before a moment; how many there were. */
  eraseBefore(time: number): number {
    const first = dayOf(time);
    let erased = 0;
    for (const day of this.#dayFiles().filter((known) => known < first)) {
      erased += this.#read(day).length;
      removeDurably(this.#file(day));
      this.#days.delete(day);
    }
    this.#all = null;
    return erased;
  }

  #day(day: string): Map<string, PayloadKey> {
    const known = this.#days.get(day);
    if (known !== undefined) return known;
    // Who was unknown to a writer before spoke to that one alone.
    const stored = this.#read(day).filter(
      ({ rotation, subject }) => rotation === this.#keyring.current && subject.startsWith(OF_USER),
    );
    const keys = new Map(
      stored.map(({ payloads, subject, id, key }) => [`${payloads} ${subject}`, { id, key }] as const),
    );
    this.#days.set(day, keys);
    return keys;
  }

  /** Of two days one may still be written in; more are only there when the clock jumped. */
  #forgetOldDays(): void {
    for (const day of [...this.#days.keys()].slice(0, -2)) this.#days.delete(day);
  }

  #dayFiles(): string[] {
    return listOrNone(this.#directory)
      .filter((name) => DAY_FILE.test(name))
      .map((name) => name.slice(0, 10));
  }

  #file(day: string): string {
    return join(this.#directory, `${day}.keys`);
  }

  #read(day: string): StoredKey[] {
    return readOrNone(this.#file(day))
      .split("\n")
      .map((line) => openLine(line, day, this.#keyring))
      .filter((stored) => stored !== null);
  }
}

/** Whose key seals a payload: the user's, or the session's where nobody is known. */
export function subjectOf({
  user,
  session,
}: {
  readonly user: string | null;
  readonly session: string;
}): string {
  return user === null ? `session ${session}` : `${OF_USER}${user}`;
}

/** A digest that only who has the key can make: of short messages a plain one could be guessed. 16 bytes. */
export function payloadDigest({ key }: PayloadKey, bytes: Uint8Array): Buffer {
  return createHmac("sha256", createHmac("sha256", key).update("sallyport journal digest").digest())
    .update(bytes)
    .digest()
    .subarray(0, 16);
}

interface Line {
  readonly subject: string;
  readonly day: string;
  readonly payloads: PayloadClass;
  readonly keyring: ReadingKeys & Partial<Keyring>;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function isKeyLine(line: string): boolean {
  return LINE.test(line);
}

function lineContext(id: string, { day, payloads, keyring }: Omit<Line, "subject">): Buffer {
  return Buffer.from(`sallyport journal payload key\n${keyring.journal}\n${id}\n${day}\n${payloads}\n`);
}

function sealLine({ id, key }: PayloadKey, { subject, ...line }: Line): string {
  const { current = "", keys } = line.keyring;
  const wrapper = keys.get(current)?.[line.payloads] ?? null;
  if (wrapper === null) throw new Error("the keyring lacks its current key");
  const plain = Buffer.concat([key, Buffer.from(subject)]);
  const box = sealBox(wrapper, plain, lineContext(id, line));
  return `${id} ${current} ${line.payloads} ${box.toString("base64")}`;
}

/** `null` for a line that was torn, is not of this journal, or not for who has these keys. */
function openLine(line: string, day: string, keyring: ReadingKeys): StoredKey | null {
  const [, id = "", rotation = "", which, box = ""] = LINE.exec(line) ?? [];
  if (which === undefined) return null;
  const payloads: PayloadClass = which === "redacted" ? "redacted" : "full";
  const wrapper = keyring.keys.get(rotation)?.[payloads] ?? null;
  if (wrapper === null) return null;
  const plain = openBox(wrapper, Buffer.from(box, "base64"), lineContext(id, { day, payloads, keyring }));
  if (plain === null || plain.length < KEY_BYTES) return null;
  const [key, subject] = [plain.subarray(0, KEY_BYTES), plain.toString("utf8", KEY_BYTES)];
  return { id, key, subject, rotation, payloads, line };
}

function appendDurably(file: string, text: string): void {
  const descriptor = openSync(file, "a", 0o600);
  try {
    const isNew = fstatSync(descriptor).size === 0;
    writeFileSync(descriptor, text);
    fdatasyncSync(descriptor);
    if (isNew) syncDirectory(dirname(file));
  } finally {
    closeSync(descriptor);
  }
}

function replaceDurably(file: string, text: string): void {
  const old = openSync(file, "r+");
  try {
    const { size } = fstatSync(old);
    const fresh = openSync(`${file}.new`, "w", 0o600);
    try {
      writeFileSync(fresh, text);
      fdatasyncSync(fresh);
    } finally {
      closeSync(fresh);
    }
    renameSync(`${file}.new`, file);
    syncDirectory(dirname(file));
    writeSync(old, Buffer.alloc(size), 0, size, 0);
    fdatasyncSync(old);
  } finally {
    closeSync(old);
  }
}

function removeDurably(file: string): void {
  const old = openSync(file, "r+");
  try {
    const { size } = fstatSync(old);
    writeSync(old, Buffer.alloc(size), 0, size, 0);
    fdatasyncSync(old);
    unlinkSync(file);
    syncDirectory(dirname(file));
  } finally {
    closeSync(old);
  }
}

function listOrNone(directory: string): string[] {
  return orNone(() => readdirSync(directory), []);
}

function readOrNone(file: string): string {
  return orNone(() => readFileSync(file, "utf8"), "");
}

/** What is not there is empty; what cannot be read is an error, since nothing may count as erased that is not. */
function orNone<T>(read: () => T, none: T): T {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return none;
    throw error;
  }
}
