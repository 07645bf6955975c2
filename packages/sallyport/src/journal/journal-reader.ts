import { Buffer } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Block } from "./block.ts";
import { type BlockBody, openBlock, readBlockBody } from "./block-body.ts";
import type { ReadingKeys } from "./journal-keys.ts";
import { readKeyring } from "./keyring.ts";
import { isGone, listSegments, openSegment, type SegmentFile } from "./list-segments.ts";
import type { MasterKey } from "./master-key.ts";
import { HASH_BYTES } from "./merkle-frontier.ts";
import { openBundle } from "./payload-bundle.ts";
import { PAYLOAD_KEYS, PayloadKeys } from "./payload-keys.ts";
import { problemOf } from "../problem-of.ts";
import { type ReaderKey, readReaderKeys } from "./reader-key.ts";
import { covers, keysFor, type ReaderRole } from "./role-keys.ts";
import { FRAME_HEAD_BYTES, FRAME_OVERHEAD, MAX_BODY_BYTES, readFrame } from "./segment-frame.ts";
import { type IndexEntry, openIndex, readFoot } from "./segment-foot.ts";
import { unwrapDataKey } from "./segment-head.ts";

/** A journal that can be read, or why not. */
export type ReaderOpened =
  | { readonly ok: true; readonly reader: JournalReader }
  | { readonly ok: false; readonly problem: string };

/** Where a block stands, and what an index knows of it; no index knows the blocks of an open segment. */
export interface BlockPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly index: IndexEntry | null;
}

/** A block that was read. */
export interface ReadBlock {
  /** The index of its frame in the journal. */
  readonly frame: number;
  readonly block: Block;
  /**
   * The payloads of its messages by their position; not those whose key was erased, or that the reader's role does not open.
   *
   * @param needle leaves out most of those in which these bytes do not stand
   * @param subjects those of these alone are opened; `null`: all
   */
  readonly payloads: (
    needle: Buffer | null,
    subjects?: ReadonlySet<string> | null,
  ) => ReadonlyMap<number, Buffer>;
  /** The key that opens the content of a message, and its id; `null` where there is none, or not any more. */
  readonly contentKey: (position: number) => { readonly id: string; readonly key: Uint8Array } | null;
}

/**
 * Opens a journal for reading, while it is written or not, as far as a key does: the master key opens everything, a reader's key what
 * its role may read. @param payloadKeys where they are, unless they are in it
 */
export async function openReader(
  directory: string,
  key: MasterKey | ReaderKey,
  payloadKeys: string = join(directory, PAYLOAD_KEYS),
): Promise<ReaderOpened> {
  try {
    const read = await readKeys(directory, key);
    if (read === null) return { ok: false, problem: `there is no journal in ${directory}` };
    if (!read.ok) return read;
    const { keys, role } = read;
    return {
      ok: true,
      reader: new JournalReader({ directory, keys, role, payloadKeys: new PayloadKeys(payloadKeys, keys) }),
    };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

async function readKeys(directory: string, key: MasterKey | ReaderKey): ReturnType<typeof readReaderKeys> {
  if (!("wrap" in key)) return readReaderKeys(directory, key);
  const read = await readKeyring(directory, key);
  return read === null || !read.ok ? read : { ok: true, keys: read.keyring, role: "investigator" };
}

/** What a reader of a journal needs. */
export interface JournalReaderOptions {
  readonly directory: string;
  readonly keys: ReadingKeys;
  readonly role: ReaderRole;
  readonly payloadKeys: PayloadKeys;
}

/** Reads records: what it shows was authenticated with the journal's keys. Whether all is there only `verify` tells. */
export class JournalReader {
  /** What its keys open. */
  readonly role: ReaderRole;
  readonly #directory: string;
  readonly #keyring: ReadingKeys;
  readonly #options: JournalReaderOptions;
  readonly #payloadKeys: PayloadKeys;

  constructor(options: JournalReaderOptions) {
    const { directory, keys, role, payloadKeys } = options;
    this.role = role;
    this.#options = options;
    this.#directory = directory;
    this.#keyring = keys;
    this.#payloadKeys = payloadKeys;
  }

  /** The same journal, read with the keys of a lower role: what it does not open is not opened. One that is not lower is this one. */
  as(role: ReaderRole): JournalReader {
    if (covers(role, this.role)) return this;
    const keys = [...this.#keyring.keys].map(([id, all]) => [id, keysFor(role, all)] as const);
    const keyring = { ...this.#keyring, keys: new Map(keys) };
    const payloadKeys = new PayloadKeys(this.#payloadKeys.directory, keyring);
    return new JournalReader({ ...this.#options, role, keys: keyring, payloadKeys });
  }

  /** The keys that it reads with: `verifyJournal` opens every block with them. */
  get keys(): ReadingKeys {
    return this.#keyring;
  }

  /** The segments that can be read now, the oldest first. */
  segments(): SegmentFile[] {
    this.#payloadKeys.refresh();
    return listSegments(this.#directory).filter(({ head }) => head?.journal === this.#keyring.journal);
  }

  /** Opens a segment; `null` where it cannot be read with the journal's keys, or is gone. */
  async openSegment(segment: SegmentFile): Promise<ReadSegment | null> {
    const { head } = segment;
    const key = head === null ? undefined : this.#keyring.keys.get(head.keyId)?.metadata;
    const dataKey = head === null || key === undefined ? null : unwrapDataKey(head, key);
    if (dataKey === null) return null;
    const opened = await this.#open(segment);
    if (opened === null) return null;
    const { journal } = this.#keyring;
    const access = { handle: opened.handle, dataKey, journal, payloadKeys: this.#payloadKeys };
    return new ReadSegment(opened.segment, access);
  }

  /** A segment may be retired at any time. */
  async #open(
    segment: SegmentFile,
  ): Promise<{ readonly segment: SegmentFile; readonly handle: FileHandle } | null> {
    try {
      return await openSegment(this.#directory, segment);
    } catch (error) {
      if (!isGone(error)) throw error;
      return null;
    }
  }
}

interface SegmentAccess {
  readonly handle: FileHandle;
  readonly dataKey: Buffer;
  readonly journal: string;
  readonly payloadKeys: PayloadKeys;
}

interface PayloadsAsked {
  readonly frame: number;
  readonly needle: Buffer | null;
  readonly subjects: ReadonlySet<string> | null;
}

/** One segment that is read. It is to be closed. */
export class ReadSegment {
  readonly #segment: SegmentFile;
  readonly #access: SegmentAccess;

  constructor(segment: SegmentFile, access: SegmentAccess) {
    this.#segment = segment;
    this.#access = access;
  }

  /**
   * Where its blocks are, the oldest first: by its index, or where that cannot be read, by going through it.
   *
   * @param from where in the file to begin: where a frame does, such as behind the last block that was read
   */
  async blocks(from = 0): Promise<BlockPlace[]> {
    const indexed = this.#segment.sealed ? await this.#indexed() : null;
    return indexed?.filter(({ offset }) => offset >= from) ?? (await this.#scanned(from));
  }

  /** Reads a block; `null` where there is none that was sealed there. */
  async read({ offset, bytes }: BlockPlace): Promise<ReadBlock | null> {
    const read = readFrame(await this.#bytes(offset, bytes), 0);
    if (!read.ok || read.frame.kind !== "block") return null;
    const { body, index: frame } = read.frame;
    const content = readBlockBody(body);
    const { dataKey, journal } = this.#access;
    const block = content === null ? null : openBlock(content, dataKey, { journal, frame });
    if (content === null || block === null) return null;
    return {
      frame,
      block,
      payloads: (needle, subjects = null) => this.#payloads(content, { frame, needle, subjects }),
      contentKey: (position) => this.#contentKey(content, frame, position),
    };
  }

  /** What opens its records and its index: who has it needs no other key for them. */
  get dataKey(): Uint8Array {
    return this.#access.dataKey;
  }

  /** Gives its file back. */
  close(): Promise<void> {
    return this.#access.handle.close();
  }

  #payloads({ bundles }: BlockBody, { frame, needle, subjects }: PayloadsAsked): Map<number, Buffer> {
    const { payloadKeys, journal } = this.#access;
    const payloads = new Map<number, Buffer>();
    for (const bundle of bundles) {
      const key = payloadKeys.find(bundle.keyId, subjects);
      const opened = key === null ? null : openBundle(bundle, key, { journal, frame, needle });
      for (const { position, bytes } of opened ?? []) payloads.set(position, Buffer.from(bytes));
    }
    return payloads;
  }

  #contentKey(
    { bundles }: BlockBody,
    frame: number,
    position: number,
  ): { readonly id: string; readonly key: Uint8Array } | null {
    const { payloadKeys, journal } = this.#access;
    for (const bundle of bundles) {
      const key = payloadKeys.find(bundle.keyId);
      const opened = key === null ? null : openBundle(bundle, key, { journal, frame });
      if (key !== null && opened?.some((payload) => payload.position === position) === true)
        return { id: bundle.keyId, key };
    }
    return null;
  }

  async #indexed(): Promise<BlockPlace[] | null> {
    const { bytes: size } = this.#segment;
    const tail = 4 + HASH_BYTES;
    const length = (await this.#bytes(size - tail, 4)).readUInt32LE();
    const offset = size - FRAME_OVERHEAD - length;
    if (length > MAX_BODY_BYTES || offset < 0) return null;
    const read = readFrame(await this.#bytes(offset, size - offset), 0);
    if (!read.ok || read.frame.kind !== "foot") return null;
    const foot = readFoot(read.frame.body);
    const { dataKey, journal } = this.#access;
    const index = foot === null ? null : openIndex(foot, dataKey, { journal, frame: read.frame.index });
    return index?.map((entry) => ({ offset: entry.offset, bytes: entry.bytes, index: entry })) ?? null;
  }

  /** Goes from frame to frame; one that is being written now is not there yet. */
  async #scanned(from: number): Promise<BlockPlace[]> {
    const { size } = await this.#access.handle.stat();
    const blocks: BlockPlace[] = [];
    for (let offset = from; offset + FRAME_OVERHEAD <= size;) {
      const head = await this.#bytes(offset, FRAME_HEAD_BYTES);
      const bytes = FRAME_OVERHEAD + head.readUInt32LE(4);
      if (bytes > FRAME_OVERHEAD + MAX_BODY_BYTES || offset + bytes > size) break;
      blocks.push({ offset, bytes, index: null });
      offset += bytes;
    }
    return blocks;
  }

  async #bytes(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.max(0, length));
    const { bytesRead } = await this.#access.handle.read(bytes, 0, bytes.length, Math.max(0, offset));
    return bytes.subarray(0, bytesRead);
  }
}
