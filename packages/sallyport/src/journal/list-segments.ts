import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { readFrame } from "./segment-frame.ts";
import { readSegmentHead, type SegmentHead } from "./segment-head.ts";

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

/** A first frame is never longer: 53 hashes of subtrees at most. */
const MAX_HEAD_BYTES = 4096;
const SEALED_NAME = /^[0-9a-f]{64}\.segment$/;
const OPEN_NAME = /^\d{8,}\.open$/;

/** The name of an open segment. */
export function openName(number: number): string {
  return `${String(number).padStart(8, "0")}${OPEN}`;
}

/** All segments of a journal by their number, those without a readable head last. @throws where the directory cannot be read */
export function listSegments(directory: string): SegmentFile[] {
  return readdirSync(directory)
    .filter((name) => SEALED_NAME.test(name) || OPEN_NAME.test(name))
    .map((name) => describe(directory, name))
    .sort(
      (a, b) => (a.head?.number ?? Infinity) - (b.head?.number ?? Infinity) || (a.name < b.name ? -1 : 1),
    );
}

function describe(directory: string, name: string): SegmentFile {
  const path = join(directory, name);
  const descriptor = openSync(path, "r");
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
