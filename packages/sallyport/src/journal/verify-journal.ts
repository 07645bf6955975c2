import { type Buffer } from "node:buffer";
import { hash, type KeyObject } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isSealedBlock, readBlockBody } from "./block-body.ts";
import { publicKeyOf, readCheckpoint } from "./checkpoint.ts";
import { originOf, type ReadingKeys } from "./journal-keys.ts";
import { readVerifier } from "./keyring.ts";
import { findAgain, isGone, listSegments, SEALED, type SegmentFile } from "./list-segments.ts";
import { MerkleFrontier } from "./merkle-frontier.ts";
import { MerkleLeaves } from "./merkle-proof.ts";
import { chainAfter, FIRST_CHAIN, type Frame, readFrame } from "./segment-frame.ts";
import { openIndex, readFoot } from "./segment-foot.ts";
import { type SegmentHead, unwrapDataKey } from "./segment-head.ts";
import { ASIDE } from "./recover-segments.ts";
import { CHECKPOINT_FILE } from "./segment-writer.ts";
import { type JournalState, type Walk, walkSegment } from "./walk-segment.ts";

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

/** Checks a whole journal: every byte of it, and that nothing is missing between its first segment and its last. */
export async function verifyJournal(options: VerifyOptions): Promise<VerifyReport> {
  const { directory, keyring, onProgress } = options;
  const verifier = options.verifier ?? keyring?.verifier ?? null;
  const publicKey =
    verifier === null ? ((await readVerifier(directory))?.publicKey ?? null) : publicKeyOf(verifier);
  const verification = new Verification(options, publicKey);
  // Before the segments, which may grow: it is not to cover more than is read.
  const beside = await readFile(join(directory, CHECKPOINT_FILE), "utf8").catch(() => null);
  const segments = listSegments(directory);
  for (const name of await readdir(directory)) if (name.endsWith(ASIDE)) verification.aside(name);
  for (const [done, segment] of segments.entries()) {
    onProgress?.(done, segments.length);
    const { file, ...read } = await readSegment(directory, segment);
    verification.segment(read.segment, file);
  }
  onProgress?.(segments.length, segments.length);
  if (beside !== null) verification.checkpoint(beside, "the checkpoint beside the segments");
  if (options.checkpoint !== undefined) verification.checkpoint(options.checkpoint, "the checkpoint given");
  return verification.report(verifier);
}

/** The bytes of a segment, under the name that it has by then: a writer may seal it meanwhile. */
async function readSegment(
  directory: string,
  segment: SegmentFile,
): Promise<{ readonly segment: SegmentFile; readonly file: Buffer }> {
  try {
    return { segment, file: await readFile(segment.path) };
  } catch (error) {
    const again = isGone(error) ? findAgain(directory, segment) : null;
    if (again === null || again.path === segment.path) throw error;
    return readSegment(directory, again);
  }
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
  /** Leaves from the first segment on, until the chain breaks. */
  readonly #leaves: Buffer[] = [];
  #start: MerkleFrontier | null = null;
  #isWhole = true;
  #before: Before | null = null;
  #segments = 0;
  #records = 0;
  #bytes = 0;
  /** Frames that a checkpoint vouches for. */
  #vouched = 0;

  constructor(options: VerifyOptions, publicKey: KeyObject | null) {
    this.#options = options;
    this.#publicKey = publicKey;
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
    if (this.#start === null) this.#start = head.tree.copy();
    const walk = walkSegment(file, head);
    this.#frames(segment, walk.frames, head);
    this.#end(segment, file, walk);
    const after = walk.end.sound ? walk.state : null;
    this.#before = { number: head.number, hash: digest, state: after };
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

  checkpoint(note: string, which: string): void {
    if (this.#publicKey === null) return;
    const read = readCheckpoint(note, this.#publicKey);
    if (!read.ok) return this.#fault(null, `${which} cannot be read: ${read.problem}`);
    const { size, root } = read.checkpoint;
    if (!read.vouched) return this.#fault(null, `${which} was not signed by this journal`);
    const leaves = this.#tree();
    if (size > leaves.size && this.#isWhole)
      return this.#fault(
        null,
        `the end was cut off, or an older state put back: ${which} covers ${size} frames, and only ${leaves.size} are here`,
      );
    const computed = size > leaves.size ? null : leaves.root(size);
    if (computed === null) {
      this.#unknown.push(`whether ${which} fits, of frame ${size - 1}: the chain does not reach it`);
      return;
    }
    if (!computed.equals(root))
      return this.#fault(null, `it is not the journal of ${which}, which covers ${size} frames`);
    this.#vouched = Math.max(this.#vouched, size);
  }

  report(verifier: string | null): VerifyReport {
    const { keyring, checkpoint } = this.#options;
    const tree = this.#tree();
    const unvouched = tree.size - this.#vouched;
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
    const last = this.#before?.state ?? null;
    return {
      ok,
      segments: this.#segments,
      frames: this.#runs.reduce((sum, { from, to }) => sum + to - from + 1, 0),
      records: this.#records,
      bytes: this.#bytes,
      faults: this.#faults,
      sound: this.#runs.map(({ from, to }) => `frames ${from} to ${to} continue each other`),
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

  #frames(segment: SegmentFile, frames: readonly Frame[], head: SegmentHead): void {
    const [first] = frames;
    if (first === undefined) return;
    if (this.#isWhole) for (const { leaf } of frames) this.#leaves.push(leaf);
    const last = this.#runs.at(-1);
    const end = first.index + frames.length - 1;
    if (last !== undefined && last.to === first.index - 1 && this.#isWhole) last.to = end;
    else this.#runs.push({ from: first.index, to: end });
    this.#contents(segment, frames, head);
  }

  /** What is in the frames: how many records, and with the keys, that they open. */
  #contents(segment: SegmentFile, frames: readonly Frame[], head: SegmentHead): void {
    const { keyring } = this.#options;
    const key = keyring?.keys.get(head.keyId)?.metadata;
    const dataKey = key === undefined ? null : unwrapDataKey(head, key);
    if ((keyring ?? null) !== null && dataKey === null)
      this.#fault(segment, "its data key was not wrapped by this journal");
    let records = 0;
    const tree = head.tree.copy();
    for (const frame of frames) {
      const place = { journal: head.journal, frame: frame.index };
      if (frame.kind === "block") {
        const body = readBlockBody(frame.body);
        records += body?.records ?? 0;
        const opens = dataKey === null || (body !== null && isSealedBlock(body, dataKey, place));
        if (body === null || !opens) this.#fault(segment, "this block was not sealed by this journal", frame);
      }
      if (frame.kind === "foot") this.#foot({ segment, frame, head, records, dataKey, root: tree.root() });
      tree.append(frame.leaf);
    }
    this.#records += records;
  }

  #foot({ segment, frame, head, records, dataKey, root }: FootOf): void {
    const foot = readFoot(frame.body);
    const place = { journal: head.journal, frame: frame.index };
    const opens = foot !== null && (dataKey === null || openIndex(foot, dataKey, place) !== null);
    if (!opens || foot.records !== records)
      return this.#fault(segment, "its foot was not sealed by this journal", frame);
    if (this.#publicKey === null) return;
    const read = readCheckpoint(foot.checkpoint, this.#publicKey);
    const fits =
      read.ok &&
      read.vouched &&
      read.checkpoint.origin === originOf(head.journal) &&
      read.checkpoint.size === frame.index &&
      root.equals(read.checkpoint.root);
    if (!fits) this.#fault(segment, "the checkpoint in its foot is not the journal's", frame);
    else if (this.#isWhole) this.#vouched = frame.index;
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

  #tree(): MerkleLeaves {
    return new MerkleLeaves(this.#start ?? new MerkleFrontier(), this.#leaves);
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

interface FootOf {
  readonly segment: SegmentFile;
  readonly frame: Frame;
  readonly head: SegmentHead;
  readonly records: number;
  readonly dataKey: Buffer | null;
  /** Of the tree before the foot. */
  readonly root: Buffer;
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
