import { Buffer } from "node:buffer";
import { hash, type KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedCheckpoints } from "./expected-checkpoints.ts";
import type { ReadingKeys } from "./journal-keys.ts";
import { readVerifier } from "./keyring.ts";
import {
  isGone,
  listSegments,
  listTombstones,
  readSegment,
  SEALED,
  type SegmentFile,
} from "./list-segments.ts";
import { MerkleFrontier } from "./merkle-frontier.ts";
import { chainAfter, FIRST_CHAIN, type Frame, readFrame } from "./segment-frame.ts";
import type { SegmentHead } from "./segment-head.ts";
import { ASIDE } from "./recover-segments.ts";
import { segmentContents } from "./segment-contents.ts";
import { CHECKPOINT_FILE } from "./segment-writer.ts";
import { publicKeyOf } from "./signed-note.ts";
import { TOMBSTONE, type Tombstone } from "./tombstone.ts";
import { verifyTombstones } from "./verify-tombstones.ts";
import { type JournalState, type Walk, walkSegment } from "./walk-segment.ts";
import { writerOf } from "./writer-lock.ts";

/** How a journal is verified. */
export interface VerifyOptions {
  readonly directory: string;
  /** Its keys, a reader's or all: with them every block is opened too, so that nobody without them could have made it. */
  readonly keyring?: ReadingKeys | null;
  /** The public key, as `journal verify` prints it; without it the one beside the segments is believed. */
  readonly verifier?: string;
  /** A checkpoint that was kept elsewhere. */
  readonly checkpoint?: string;
  readonly onProgress?: (segments: number, of: number) => void;
}

/** One thing that is not as it was written. */
export interface JournalFault {
  /** The file; `null` for the journal as a whole. */
  readonly segment: string | null;
  /** Which frame of the journal, and where in the file, when that is known. */
  readonly frame: number | null;
  readonly offset: number | null;
  readonly what: string;
}

/** What was found. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly segments: number;
  /** Segments that are gone, and have tombstones. */
  readonly retired: number;
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
  readonly faults: readonly JournalFault[];
  /** What holds in spite of the faults. */
  readonly sound: readonly string[];
  /** What cannot be known from what was given. */
  readonly unknown: readonly string[];
  /** The state at the end: what a checkpoint of now would say; `null` where the chain is broken. */
  readonly head: { readonly size: number; readonly root: string; readonly chain: string } | null;
  readonly verifier: string | null;
}

/** A segment may be retired while it waits to be read: so often all is read again then. */
const MAX_TRIES = 3;

/**
 * Checks a whole journal: every byte of it, and that nothing is missing between its first segment, here or retired, and its last. It costs
 * two SHA-256 of all bytes, some 10 µs for every frame, and a few milliseconds at the beginning (tens where it is the first thing that
 * a process does): below three SHA-256 of the same bytes where frames have 20 KB or more, and far above in a quiet journal of small ones.
 *
 * @throws where the directory or a segment cannot be read
 */
export async function verifyJournal(options: VerifyOptions): Promise<VerifyReport> {
  for (let tries = 1; ; tries++) {
    try {
      return await verifyOnce(options);
    } catch (error) {
      if (!isGone(error) || tries === MAX_TRIES) throw error;
    }
  }
}

async function verifyOnce(options: VerifyOptions): Promise<VerifyReport> {
  const { directory, keyring, onProgress } = options;
  const verifier = options.verifier ?? keyring?.verifier ?? null;
  const publicKey =
    verifier === null ? ((await readVerifier(directory))?.publicKey ?? null) : publicKeyOf(verifier);
  const verification = new Verification(options, publicKey);
  // Before the segments, which may grow: it is not to cover more than is read.
  const beside = await readFile(join(directory, CHECKPOINT_FILE), "utf8").catch(() => null);
  if (beside !== null) verification.expect(beside, "the checkpoint beside the segments");
  if (options.checkpoint !== undefined) verification.expect(options.checkpoint, "the checkpoint given");
  const segments = listSegments(directory);
  for (const name of await readdir(directory)) if (name.endsWith(ASIDE)) verification.aside(name);
  const tombstones = new Map<string, string>();
  for (const name of listTombstones(directory))
    tombstones.set(name, await readFile(join(directory, `${name}${TOMBSTONE}`), "utf8"));
  const here = verification.retired(segments, tombstones);
  let room: Buffer | null = null;
  for (const [done, segment] of here.entries()) {
    onProgress?.(done, here.length);
    const read = await readSegment(directory, segment, room);
    verification.segment(read.segment, read.file);
    room = Buffer.from(read.file.buffer);
  }
  onProgress?.(here.length, here.length);
  return verification.report(verifier);
}

/** What one segment left for the next. */
interface Before {
  readonly number: number;
  readonly hash: Buffer;
  /** `null` where the chain broke in it. */
  readonly state: JournalState | null;
}

interface Run {
  readonly from: number;
  to: number;
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #publicKey: KeyObject | null;
  readonly #faults: JournalFault[] = [];
  readonly #unknown: string[] = [];
  /** Frames that continue each other, from where to where. */
  readonly #runs: Run[] = [];
  readonly #checkpoints: ExpectedCheckpoints | null;
  /** How many frames there are until the chain breaks. */
  #size = 0;
  #isWhole = true;
  #before: Before | null = null;
  #segments = 0;
  #records = 0;
  #bytes = 0;
  /** Frames that a checkpoint vouches for. */
  #vouched = 0;
  #retired: readonly Tombstone[] = [];

  constructor(options: VerifyOptions, publicKey: KeyObject | null) {
    this.#options = options;
    this.#publicKey = publicKey;
    this.#checkpoints = publicKey === null ? null : new ExpectedCheckpoints(publicKey);
    if (publicKey === null)
      this.#fault(null, "its public key cannot be read: no checkpoint can be checked without it");
  }

  segment(segment: SegmentFile, file: Buffer): void {
    const { head, name, sealed } = segment;
    const digest = hash("sha256", file, "buffer");
    this.#segments += 1;
    this.#bytes += file.length;
    if (sealed && `${digest.toString("hex")}${SEALED}` !== name)
      this.#fault(segment, "its bytes are not those that it is named after");
    if (head === null) return this.#headless(segment, file);
    const isNext = this.#follows(segment, head);
    const state = this.#before?.state ?? null;
    if (isNext && state !== null && !continues(head, state))
      this.#break(segment, { frame: head.tree.size, offset: 0, what: "it does not continue the chain" });
    const walk = walkSegment(file, head, this.#isWhole ? this.#visit : null);
    this.#frames(segment, walk, head);
    this.#end(segment, file, walk);
    const { tree, chain } = walk.state;
    // The room of the file is used again.
    const after = walk.end.sound ? { tree, chain: Buffer.from(chain) } : null;
    this.#before = { number: head.number, hash: digest, state: after };
  }

  /** What tombstones say is gone; the segments that are to be here. */
  retired(segments: readonly SegmentFile[], texts: ReadonlyMap<string, string>): readonly SegmentFile[] {
    if (this.#publicKey === null) return segments;
    const { retired, faults } = verifyTombstones(texts, this.#publicKey);
    for (const { name, what } of faults)
      this.#faults.push({ segment: name, frame: null, offset: null, what });
    const gone = new Set(retired.map(({ hash: name }) => `${name}${SEALED}`));
    // One that was retired after they were listed is not here any more.
    for (const segment of segments.filter(({ name, path }) => gone.has(name) && existsSync(path)))
      this.#notGone(segment, `${retired.at(-1)?.hash}${SEALED}`);
    const here = segments.filter(({ name }) => !gone.has(name));
    const first = here[0]?.head?.number ?? Infinity;
    for (const { hash: name, number } of retired.filter((tombstone) => tombstone.number >= first)) {
      const what = `segment ${number} was retired, although segment ${first} is here, which is older`;
      this.#faults.push({ segment: `${name}${TOMBSTONE}`, frame: null, offset: null, what });
    }
    this.#retired = retired.filter(({ number }) => number < first);
    const last = this.#retired.at(-1);
    if (last === undefined) return here;
    const { number, tree, chain } = last;
    this.#before = { number, hash: Buffer.from(last.hash, "hex"), state: { tree, chain } };
    this.#size = tree.size;
    this.#vouched = tree.size;
    return here;
  }

  /** A segment that has its tombstone and is here. A writer that is at work deletes the last one at any moment. */
  #notGone(segment: SegmentFile, last: string): void {
    const writer = segment.name === last ? writerOf(this.#options.directory) : null;
    if (writer === null)
      this.#fault(
        segment,
        "it was retired, and is here: it was put back, or its retirement was not finished",
      );
    else this.#unknown.push(`whether process ${writer} is retiring ${segment.name} now, or it was put back`);
  }

  /** Something that a recovery found behind the last sound frame. */
  aside(name: string): void {
    this.#unknown.push(`what the records in ${name} were, which a recovery set aside as damaged`);
  }

  /** A writer that was killed at the very beginning of a segment leaves a frame that is not whole. */
  #headless(segment: SegmentFile, file: Buffer): void {
    const read = readFrame(file, 0);
    if (!segment.sealed && !read.ok && read.unfinished)
      this.#unknown.push(`what ${segment.name} was to become: its first frame is not whole`);
    else this.#break(segment, { frame: null, offset: 0, what: "its first frame cannot be read" });
  }

  /** A checkpoint that the journal is to fit. */
  expect(note: string, which: string): void {
    this.#checkpoints?.expect(note, which);
  }

  readonly #visit = (tree: MerkleFrontier): void => {
    this.#size = tree.size;
    this.#checkpoints?.visit(tree);
  };

  report(verifier: string | null): VerifyReport {
    const { keyring, checkpoint } = this.#options;
    const compared = this.#checkpoints?.compare({
      size: this.#size,
      isWhole: this.#isWhole,
      retired: this.#retired,
    });
    for (const what of compared?.faults ?? []) this.#fault(null, what);
    this.#unknown.push(...(compared?.unknown ?? []));
    const unvouched = this.#size - Math.max(this.#vouched, compared?.vouched ?? 0);
    if (checkpoint === undefined)
      this.#unknown.push(
        "whether the end was cut off or an older state put back together with its checkpoint: no checkpoint was given that was kept elsewhere",
      );
    if ((keyring ?? null) === null && unvouched > 0)
      this.#unknown.push(
        `who wrote the last ${unvouched} frames: no checkpoint covers them, and no master key was given`,
      );
    const isReaders = keyring !== null && keyring !== undefined && !("signingKey" in keyring);
    if (isReaders && unvouched > 0)
      this.#unknown.push(
        `whether a reader wrote the last ${unvouched} frames: no checkpoint covers them, and a reader's key also seals`,
      );
    if (verifier === null)
      this.#unknown.push(
        "whose the public key beside the segments is: neither it nor the master key was given",
      );
    if (this.#segments === 0) this.#fault(null, "there is no segment here");
    const ok = this.#faults.length === 0;
    const gone = this.#retired.at(-1);
    const last = this.#before?.state ?? null;
    return {
      ok,
      segments: this.#segments,
      retired: this.#retired.length,
      frames: this.#runs.reduce((sum, { from, to }) => sum + to - from + 1, 0),
      records: this.#records,
      bytes: this.#bytes,
      faults: this.#faults,
      sound: [
        ...(gone === undefined
          ? []
          : [`frames 0 to ${gone.tree.size - 1} were retired, as the journal's key vouches`]),
        ...this.#runs.map(({ from, to }) => `frames ${from} to ${to} continue each other`),
      ],
      unknown: this.#unknown,
      head:
        last === null || !ok
          ? null
          : {
              size: last.tree.size,
              root: last.tree.root().toString("hex"),
              chain: last.chain.toString("hex"),
            },
      verifier,
    };
  }

  /** Whether a segment is the next one, by its number. */
  #follows(segment: SegmentFile, head: SegmentHead): boolean {
    const number = this.#before?.number ?? 0;
    const { keyring } = this.#options;
    if (keyring !== null && keyring !== undefined && head.journal !== keyring.journal)
      this.#fault(segment, "it is of another journal");
    const missing = head.number - number - 1;
    if (missing > 0) {
      const which =
        missing === 1 ? `segment ${number + 1} is` : `segments ${number + 1} to ${head.number - 1} are`;
      this.#break(segment, { frame: head.tree.size, offset: 0, what: `${which} missing before it` });
    } else if (missing < 0) {
      this.#break(segment, { frame: null, offset: 0, what: `segment ${head.number} is here twice` });
    } else if (this.#before !== null && !this.#before.hash.equals(head.previous)) {
      this.#break(segment, {
        frame: head.tree.size,
        offset: 0,
        what: "it was not written behind the segment before it",
      });
    }
    if (number === 0 && missing === 0 && !continues(head, { tree: new MerkleFrontier(), chain: FIRST_CHAIN }))
      this.#break(segment, { frame: 0, offset: 0, what: "it does not begin the journal" });
    return missing === 0;
  }

  #frames(segment: SegmentFile, walk: Walk, head: SegmentHead): void {
    const { frames } = walk;
    const [first] = frames;
    if (first === undefined) return;
    const last = this.#runs.at(-1);
    const end = first.index + frames.length - 1;
    if (last !== undefined && last.to === first.index - 1 && this.#isWhole) last.to = end;
    else this.#runs.push({ from: first.index, to: end });
    const { keyring = null } = this.#options;
    const contents = segmentContents(walk, head, { keyring, publicKey: this.#publicKey });
    this.#records += contents.records;
    for (const { frame, what } of contents.faults) this.#fault(segment, what, frame);
    if (this.#isWhole) this.#vouched = Math.max(this.#vouched, contents.vouched);
  }

  /** Where a segment ends, and whether it should. */
  #end(segment: SegmentFile, file: Buffer, { frames, end }: Walk): void {
    if (end.sound) {
      const isSealed = frames.at(-1)?.kind === "foot";
      if (segment.sealed && !isSealed)
        this.#break(segment, { frame: null, offset: file.length, what: "its end was cut off" });
      return;
    }
    const { offset, index, problem, unfinished } = end;
    if (unfinished && !segment.sealed) {
      this.#unknown.push(
        `what the last ${file.length - offset} bytes of ${segment.name} were to become: a write that was not finished`,
      );
      return;
    }
    this.#break(segment, { frame: index, offset, what: problem });
    const after = runAfter(file, offset);
    if (after !== null) this.#runs.push(after);
  }

  #break(segment: SegmentFile, fault: Omit<JournalFault, "segment">): void {
    this.#isWhole = false;
    this.#faults.push({ segment: segment.name, ...fault });
  }

  #fault(segment: SegmentFile | null, what: string, frame: Frame | null = null): void {
    this.#faults.push({
      segment: segment?.name ?? null,
      frame: frame?.index ?? null,
      offset: frame?.offset ?? null,
      what,
    });
  }
}

function continues(head: SegmentHead, { tree, chain }: JournalState): boolean {
  return head.chain.equals(chain) && head.tree.size === tree.size && head.tree.root().equals(tree.root());
}

/** The frames behind one that broke the chain, as long as they continue it as it stands there. */
function runAfter(file: Buffer, offset: number): Run | null {
  const broken = readFrame(file, offset);
  if (!broken.ok) return null;
  let run: Run | null = null;
  let { chain, end } = broken.frame;
  while (end < file.length) {
    const read = readFrame(file, end);
    if (!read.ok || !chainAfter(chain, read.frame.leaf).equals(read.frame.chain)) break;
    if (run === null) run = { from: read.frame.index, to: read.frame.index };
    else run.to = read.frame.index;
    ({ chain, end } = read.frame);
  }
  return run;
}
