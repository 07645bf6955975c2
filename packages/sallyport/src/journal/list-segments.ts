import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../has-code.ts";
import { readFrame } from "./segment-frame.ts";
import { readSegmentHead, type SegmentHead } from "./segment-head.ts";
import { TOMBSTONE } from "./tombstone.ts";

/** A file of a journal that is a segment by its name. */
export interface SegmentFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Sealed: named by its hash. Open: still written, or left by a writer that was killed. */
  readonly sealed: boolean;
  /** `null` where its first frame is not whole. */
  readonly head: SegmentHead | null;
}

/** What the name of a sealed segment ends in, after its SHA-256. */
export const SEALED = ".segment";
/** What the name of the open one ends in, after its number. */
export const OPEN = ".open";

/** A segment is renamed once: looking again finds it. */
const MAX_TRIES = 3;
/** A first frame is never longer: 53 hashes of subtrees at most. */
const MAX_HEAD_BYTES = 4096;
const SEALED_NAME = /^[0-9a-f]{64}\.segment$/;
const OPEN_NAME = /^\d{8,}\.open$/;
const TOMBSTONE_NAME = /^[0-9a-f]{64}\.tombstone$/;

/** The name of an open segment. */
export function openName(number: number): string {
  return `${String(number).padStart(8, "0")}${OPEN}`;
}

/**
 * All segments of a journal by their number, those without a readable head last. A writer may be at work: a segment that is
 * sealed while they are listed is there under its new name. @throws where the directory cannot be read
 */
export function listSegments(directory: string): SegmentFile[] {
  for (let tries = 0; ; tries++) {
    const names = readdirSync(directory).filter((name) => SEALED_NAME.test(name) || OPEN_NAME.test(name));
    const found = names.map((name) => describe(directory, name)).filter((segment) => segment !== null);
    if (found.length === names.length || tries === MAX_TRIES) return found.sort(byNumber);
  }
}

/** The SHA-256, in hex, of every segment that has a tombstone. @throws where the directory cannot be read */
export function listTombstones(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => TOMBSTONE_NAME.test(name))
    .map((name) => name.slice(0, -TOMBSTONE.length));
}

/** The same segment under the name that it has by now; `null` where it is gone. */
function findAgain(directory: string, { head }: SegmentFile): SegmentFile | null {
  if (head === null) return null;
  return listSegments(directory).find((segment) => segment.head?.number === head.number) ?? null;
}

/** A segment as it was read. */
export interface SegmentRead {
  readonly segment: SegmentFile;
  readonly file: Buffer;
}

/**
 * Opens a segment under the name that it has by then: a writer may seal it at any time. The file is to be closed.
 *
 * @throws where it is gone
 */
export async function openSegment(
  directory: string,
  segment: SegmentFile,
): Promise<{ readonly segment: SegmentFile; readonly handle: FileHandle }> {
  try {
    return { segment, handle: await open(segment.path, "r") };
  } catch (error) {
    const again = isGone(error) ? findAgain(directory, segment) : null;
    if (again === null || again.path === segment.path) throw error;
    return openSegment(directory, again);
  }
}

/** Reads a whole segment. @param room where its bytes are put if they find room there: it saves making room again and again */
export async function readSegment(
  directory: string,
  segment: SegmentFile,
  room: Buffer | null = null,
): Promise<SegmentRead> {
  const opened = await openSegment(directory, segment);
  try {
    const { size } = await opened.handle.stat();
    const bytes = room !== null && room.length >= size ? room : Buffer.allocUnsafeSlow(size);
    let length = 0;
    for (let read = 1; read > 0 && length < size; length += read)
      read = (await opened.handle.read(bytes, length, size - length, length)).bytesRead;
    return { segment: opened.segment, file: bytes.subarray(0, length) };
  } finally {
    await opened.handle.close();
  }
}

/** Whether an error says that a file is not there. */
export function isGone(error: unknown): boolean {
  return hasCode(error, "ENOENT");
}

function byNumber(a: SegmentFile, b: SegmentFile): number {
  return (a.head?.number ?? Infinity) - (b.head?.number ?? Infinity) || (a.name < b.name ? -1 : 1);
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function describe(directory: string, name: string): SegmentFile | null {
  const path = join(directory, name);
  const descriptor = openOrNull(path);
  if (descriptor === null) return null;
  try {
    const start = Buffer.alloc(MAX_HEAD_BYTES);
    const length = readSync(descriptor, start, 0, MAX_HEAD_BYTES, 0);
    const read = readFrame(start.subarray(0, length), 0);
    const isHead = read.ok && read.frame.kind === "head";
    const head = isHead ? readSegmentHead(read.frame.body, read.frame.index) : null;
    return { name, path, bytes: fstatSync(descriptor).size, sealed: name.endsWith(SEALED), head };
  } finally {
    closeSync(descriptor);
  }
}
