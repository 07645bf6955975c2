import type { Buffer } from "node:buffer";
import { createHash, type Hash, type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";
import { sealBlock } from "./block-body.ts";
import type { BuiltBlock } from "./block-builder.ts";
import { signCheckpoint } from "./checkpoint.ts";
import type { JournalDisk } from "./journal-disk.ts";
import { type Keyring, originOf, privateKeyOf } from "./journal-keys.ts";
import { openName, SEALED } from "./list-segments.ts";
import { type FrameKind, makeFrame } from "./segment-frame.ts";
import { type IndexEntry, sealFoot } from "./segment-foot.ts";
import { encodeSegmentHead, wrapDataKey } from "./segment-head.ts";
import type { JournalState } from "./walk-segment.ts";

/** The file of the newest checkpoint. */
export const CHECKPOINT_FILE = "checkpoint";

/** What a writer continues. */
export interface WriterState extends JournalState {
  /** The number of the last segment that was sealed; 0 before the first. */
  readonly number: number;
  /** Its SHA-256. */
  readonly previous: Buffer;
}

/** A segment that is being written. */
export interface OpenSegment {
  readonly number: number;
  readonly path: string;
  readonly descriptor: number;
  readonly dataKey: Uint8Array;
  /** When it was begun. */
  readonly time: number;
  readonly index: IndexEntry[];
  /** SHA-256 of what is in it. */
  readonly hash: Hash;
  /** Bytes that are on the disk. */
  bytes: number;
  /** There may be more in the file, of a write that failed. */
  torn: boolean;
  /** What is left to do when it is sealed. */
  stage: "open" | "footed" | "renamed";
}

/** What a writer needs. */
export interface SegmentWriterOptions {
  readonly directory: string;
  readonly keyring: Keyring;
  readonly disk: JournalDisk;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

/** Appends frames to segments. What a call has done is on the disk when it returns; one that throws may be called again. */
export class SegmentWriter {
  #options: SegmentWriterOptions;
  readonly #signingKey: KeyObject;
  #state: WriterState;
  #open: OpenSegment | null;

  /** @param open a segment that is left to be sealed */
  constructor(options: SegmentWriterOptions, state: WriterState, open: OpenSegment | null) {
    this.#options = options;
    this.#signingKey = privateKeyOf(options.keyring.signingKey);
    this.#state = state;
    this.#open = open;
  }

  /** The segment that is written, if there is one. */
  get open(): Pick<OpenSegment, "number" | "bytes" | "time" | "index"> | null {
    return this.#open;
  }

  /** How many frames are on the disk. */
  get frames(): number {
    return this.#state.tree.size;
  }

  /** Begins a segment, where none is open. */
  begin(): OpenSegment {
    if (this.#open?.stage === "open") return this.#open;
    this.seal();
    const { directory, keyring, disk, now } = this.#options;
    const key = keyring.keys.get(keyring.current)?.metadata;
    if (key === undefined) throw new Error("the keyring lacks its current key");
    const { tree, chain, previous } = this.#state;
    const place = { journal: keyring.journal, number: this.#state.number + 1 };
    const dataKey = randomBytes(32);
    const time = Math.max(0, Math.trunc(now()));
    const wrappedKey = wrapDataKey(dataKey, key, place);
    const head = { ...place, time, previous, chain, tree, keyId: keyring.current, wrappedKey };
    const path = join(directory, openName(place.number));
    const descriptor = disk.create(path);
    const open: OpenSegment = {
      number: place.number,
      path,
      descriptor,
      dataKey,
      time,
      index: [],
      hash: createHash("sha256"),
      bytes: 0,
      torn: false,
      stage: "open",
    };
    try {
      disk.syncDirectory(directory);
      this.#append(open, "head", encodeSegmentHead(head));
    } catch (error) {
      disk.close(descriptor);
      throw error;
    }
    this.#open = open;
    return open;
  }

  /** Appends a block. @param bundles seals its payloads for the frame that it will be */
  append(block: BuiltBlock, bundles: (frame: number) => readonly Uint8Array[]): void {
    const open = this.begin();
    const { journal } = this.#options.keyring;
    const frame = this.#state.tree.size;
    const offset = open.bytes;
    const body = sealBlock(block, bundles(frame), { dataKey: open.dataKey, journal, frame });
    this.#append(open, "block", body);
    const { records, minTime, maxTime, fingerprints } = block;
    open.index.push({ offset, bytes: open.bytes - offset, records, minTime, maxTime, fingerprints });
  }

  /** Seals the open segment: index, checkpoint, and its name. */
  seal(): void {
    const open = this.#open;
    if (open === null) return;
    const { directory, keyring, disk } = this.#options;
    if (open.stage === "open") {
      const place = { journal: keyring.journal, frame: this.#state.tree.size };
      const body = sealFoot(open.index, this.#checkpoint(), { dataKey: open.dataKey, ...place });
      this.#append(open, "foot", body);
      open.stage = "footed";
    }
    const hash = open.hash.copy().digest();
    if (open.stage === "footed") {
      disk.rename(open.path, join(directory, `${hash.toString("hex")}${SEALED}`));
      open.stage = "renamed";
    }
    disk.syncDirectory(directory);
    disk.close(open.descriptor);
    this.#state = { ...this.#state, number: open.number, previous: hash };
    this.#open = null;
  }

  /** From now on uses the newest of other keys: what they open is in segments of its own. */
  rotate(keyring: Keyring): void {
    if (keyring.current === this.#options.keyring.current) return;
    this.seal();
    this.#options = { ...this.#options, keyring };
  }

  /** Signs what is on the disk, and keeps that beside the segments; its text. */
  checkpoint(): string {
    const text = this.#checkpoint();
    this.#options.disk.replace(join(this.#options.directory, CHECKPOINT_FILE), text);
    return text;
  }

  #checkpoint(): string {
    const { tree, chain } = this.#state;
    const origin = originOf(this.#options.keyring.journal);
    const time = this.#options.now();
    return signCheckpoint({ origin, size: tree.size, root: tree.root(), chain, time }, this.#signingKey);
  }

  /** Nothing is remembered of a frame before it is on the disk: a write that failed is done again in the same place. */
  #append(open: OpenSegment, kind: FrameKind, body: Uint8Array): void {
    const { disk } = this.#options;
    const { tree, chain } = this.#state;
    const frame = makeFrame({ kind, index: tree.size }, body, chain);
    if (open.torn) disk.truncate(open.descriptor, open.bytes);
    open.torn = true;
    disk.write(open.descriptor, frame.bytes, open.bytes);
    disk.sync(open.descriptor);
    open.torn = false;
    open.bytes += frame.bytes.length;
    open.hash.update(frame.bytes);
    tree.append(frame.leaf);
    this.#state = { ...this.#state, chain: frame.chain };
  }
}
