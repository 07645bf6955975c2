import { Buffer } from "node:buffer";
import { createHash, createPublicKey, hash } from "node:crypto";
import { join } from "node:path";
import { openBlock, readBlockBody } from "./block-body.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { fingerprintsOf } from "./fingerprint.ts";
import type { JournalNote } from "./journal-record.ts";
import { type Keyring, privateKeyOf } from "./journal-keys.ts";
import { listSegments, SEALED, type SegmentFile } from "./list-segments.ts";
import { HASH_BYTES, MerkleFrontier } from "./merkle-frontier.ts";
import { finishRetiring, lastTombstone } from "./retain-segments.ts";
import { FIRST_CHAIN, type Frame } from "./segment-frame.ts";
import type { IndexEntry } from "./segment-foot.ts";
import { unwrapDataKey } from "./segment-head.ts";
import {
  CHECKPOINT_FILE,
  type OpenSegment,
  SegmentWriter,
  type SegmentWriterOptions,
  type WriterState,
} from "./segment-writer.ts";
import type { Tombstone } from "./tombstone.ts";
import { walkSegment, type Walk } from "./walk-segment.ts";

/** A writer that continues what is there, and what it had to mend, for the record. */
export type Recovered =
  | {
      readonly ok: true;
      readonly writer: SegmentWriter;
      readonly note: RecoveredNote | null;
      /** Segments whose retirement it finished. */
      readonly retired: readonly Tombstone[];
    }
  | { readonly ok: false; readonly problem: string };

type RecoveredNote = Extract<JournalNote, { what: "recovered" }>;

interface Mended {
  readonly open: OpenSegment | null;
  readonly state: WriterState;
  /** Bytes behind the last frame that continues the chain. */
  readonly tail: number;
  readonly detail: string;
}

/** What the name of a tail ends in that was set aside: it was not torn by the end of a writer. */
export const ASIDE = ".aside";

/**
 * Continues a journal, whatever became of the writer before. A frame at the end of the open segment that is not whole was never
 * acknowledged, and goes. Anything else that does not continue the chain is set aside in a file, and told. What is left
 * of the open segment is sealed, and a segment that was being retired is deleted. It refuses to continue behind a sealed segment
 * that is not as it was sealed.
 *
 * @param onFrames is told how many frames there are, before anything is added
 * @throws where the disk fails
 */
export function recoverSegments(
  options: SegmentWriterOptions,
  onFrames: (frames: number) => void = () => {},
): Recovered {
  const { directory } = options;
  const retired = finishRetiring(options);
  const segments = listSegments(directory);
  const sealed = segments.filter((segment) => segment.sealed);
  const last = lastState(sealed, options);
  if (typeof last === "string") return { ok: false, problem: last };
  const left = segments.filter((segment) => !segment.sealed);
  if (left.length > 1) return { ok: false, problem: `there is more than one open segment in ${directory}` };
  const [open] = left;
  const mended = open === undefined ? nothingOpen(last) : mend(open, last, options);
  if (typeof mended === "string") return { ok: false, problem: mended };
  // Before the seal adds its frame.
  const lost = Math.max(0, checkpointed(options) - mended.state.tree.size);
  onFrames(mended.state.tree.size);
  const writer = new SegmentWriter(options, mended.state, mended.open);
  writer.seal();
  const uneventful = open === undefined && lost === 0;
  const { tail: bytes, detail } = mended;
  const note: RecoveredNote = { type: "journal", what: "recovered", bytes, lost, detail };
  return { ok: true, writer, note: uneventful ? null : note, retired };
}

function nothingOpen(state: WriterState): Mended {
  return { open: null, state, tail: 0, detail: "" };
}

/** The state behind the last segment that was sealed, here or retired, or why nothing can continue it. */
function lastState(sealed: readonly SegmentFile[], options: SegmentWriterOptions): WriterState | string {
  const { disk, keyring } = options;
  const last = sealed.at(-1);
  if (last === undefined) return retiredState(options);
  const { head, name } = last;
  const damaged = `the sealed segment ${name} is not as it was sealed: see \`sallyport journal verify\``;
  if (head === null) return damaged;
  if (head.journal !== keyring.journal) return `the segment ${name} is of another journal`;
  const file = disk.read(last.path);
  const previous = hash("sha256", file, "buffer");
  const { state, end } = walkSegment(file, head);
  if (!end.sound || `${previous.toString("hex")}${SEALED}` !== name) return damaged;
  return { ...state, number: head.number, previous };
}

/** Where no sealed segment is left, what continues the last that was retired; or the beginning. */
function retiredState(options: SegmentWriterOptions): WriterState {
  const last = lastTombstone(options);
  if (last === null)
    return { tree: new MerkleFrontier(), chain: FIRST_CHAIN, number: 0, previous: Buffer.alloc(HASH_BYTES) };
  const { tree, chain, number } = last;
  return { tree, chain, number, previous: Buffer.from(last.hash, "hex") };
}

/** Makes the open segment ready to be sealed. */
function mend(left: SegmentFile, last: WriterState, options: SegmentWriterOptions): Mended | string {
  const { disk, keyring } = options;
  const file = disk.read(left.path);
  const walk = walkSegment(file, last);
  const { head } = left;
  const follows = head === null || (head.number === last.number + 1 && head.previous.equals(last.previous));
  if (!follows) return `the open segment ${left.name} does not continue the segments that are here`;
  const [first] = walk.frames;
  if (first === undefined || head === null) {
    // Nothing in it was ever acknowledged: the segment that is begun next takes its name.
    const torn = !walk.end.sound && walk.end.unfinished;
    if (torn || file.length === 0) return { ...nothingOpen(last), tail: file.length, detail: left.name };
    disk.replace(`${left.path}${ASIDE}`, file);
    const detail = `${left.name}: its first frame is damaged; it was set aside in ${left.name}${ASIDE}`;
    return { ...nothingOpen(last), tail: file.length, detail };
  }
  const key = keyring.keys.get(head.keyId)?.metadata;
  const dataKey = key === undefined ? null : unwrapDataKey(head, key);
  if (dataKey === null) return `the keys of this journal do not open the segment ${left.name}`;
  const index = indexOf(walk.frames, dataKey, keyring);
  if (index === null) return `the open segment ${left.name} was changed: see \`sallyport journal verify\``;
  return resume({ left, file, walk, dataKey, time: head.time, index }, last, options);
}

interface Resumed {
  readonly left: SegmentFile;
  readonly file: Buffer;
  readonly walk: Walk;
  readonly dataKey: Buffer;
  readonly time: number;
  readonly index: IndexEntry[];
}

function resume(found: Resumed, last: WriterState, { disk }: SegmentWriterOptions): Mended {
  const { left, file, walk, dataKey, time, index } = found;
  const bytes = walk.frames.at(-1)?.end ?? 0;
  const tail = file.length - bytes;
  let detail = left.name;
  if (!walk.end.sound && !walk.end.unfinished) {
    disk.replace(`${left.path}${ASIDE}`, file.subarray(bytes));
    detail = `${left.name}: ${walk.end.problem}; what follows was set aside in ${left.name}${ASIDE}`;
  }
  const descriptor = disk.open(left.path);
  disk.truncate(descriptor, bytes);
  disk.sync(descriptor);
  const open: OpenSegment = {
    number: last.number + 1,
    path: left.path,
    descriptor,
    dataKey,
    time,
    index,
    hash: createHash("sha256").update(file.subarray(0, bytes)),
    bytes,
    torn: false,
    stage: walk.frames.at(-1)?.kind === "foot" ? "footed" : "open",
  };
  return { open, state: { ...last, ...walk.state }, tail, detail };
}

/** The index of blocks, made again from them; `null` where one does not open. */
function indexOf(frames: readonly Frame[], dataKey: Buffer, { journal }: Keyring): IndexEntry[] | null {
  const index: IndexEntry[] = [];
  for (const frame of frames) {
    if (frame.kind !== "block") continue;
    const body = readBlockBody(frame.body);
    const block = body === null ? null : openBlock(body, dataKey, { journal, frame: frame.index });
    if (block === null) return null;
    const prints = new Set<number>();
    let [minTime, maxTime] = [Infinity, -Infinity];
    for (const record of block) {
      minTime = Math.min(minTime, record.time);
      maxTime = Math.max(maxTime, record.time);
      for (const print of fingerprintsOf(record)) prints.add(print);
    }
    const fingerprints = Uint32Array.from(prints).sort();
    const { offset, end } = frame;
    index.push({ offset, bytes: end - offset, records: block.records, minTime, maxTime, fingerprints });
  }
  return index;
}

/** How many frames the newest checkpoint beside the segments covers. */
function checkpointed({ disk, directory, keyring }: SegmentWriterOptions): number {
  let text: string;
  try {
    text = disk.read(join(directory, CHECKPOINT_FILE)).toString();
  } catch {
    return 0;
  }
  const read = readCheckpoint(text, createPublicKey(privateKeyOf(keyring.signingKey)));
  return read.ok && read.vouched ? read.checkpoint.size : 0;
}
