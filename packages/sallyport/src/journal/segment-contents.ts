import type { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { isSealedBlock, readBlockBody } from "./block-body.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { originOf, type ReadingKeys } from "./journal-keys.ts";
import type { Frame } from "./segment-frame.ts";
import { openIndex, readFoot } from "./segment-foot.ts";
import { type SegmentHead, unwrapDataKey } from "./segment-head.ts";
import type { Walk } from "./walk-segment.ts";

/** What the frames of a segment are looked into with: as much as is known. */
export interface ContentKeys {
  readonly keyring: ReadingKeys | null;
  readonly publicKey: KeyObject | null;
}

/** What is in the frames of a segment. */
export interface SegmentContents {
  readonly records: number;
  /** What is wrong, and in which frame; `null`: in all of them. */
  readonly faults: readonly { readonly frame: Frame | null; readonly what: string }[];
  /** So many frames of the journal are vouched for by the checkpoint in its foot. */
  readonly vouched: number;
}

/** Looks into frames that continue each other: how many records there are, with the keys that they open, and whether the foot fits. */
export function segmentContents(
  { frames, footRoot }: Pick<Walk, "frames" | "footRoot">,
  head: SegmentHead,
  { keyring, publicKey }: ContentKeys,
): SegmentContents {
  const faults: { frame: Frame | null; what: string }[] = [];
  const key = keyring?.keys.get(head.keyId)?.metadata;
  const dataKey = key === undefined ? null : unwrapDataKey(head, key);
  if (keyring !== null && dataKey === null)
    faults.push({ frame: null, what: "its data key was not wrapped by this journal" });
  let [records, vouched] = [0, 0];
  for (const frame of frames) {
    if (frame.kind === "block") {
      const found = recordsOf(frame, head, dataKey);
      if (found === null) faults.push({ frame, what: "this block was not sealed by this journal" });
      records += found ?? 0;
    }
    if (frame.kind === "foot") {
      const what = faultOfFoot({ frame, head, records, root: footRoot }, { dataKey, publicKey });
      if (what !== null) faults.push({ frame, what });
      else if (publicKey !== null) vouched = frame.index;
    }
  }
  return { records, faults, vouched };
}

/** How many records a block has; `null` where it is none, or does not open. */
function recordsOf({ body, index }: Frame, { journal }: SegmentHead, dataKey: Buffer | null): number | null {
  const block = readBlockBody(body);
  const opens =
    block !== null && (dataKey === null || isSealedBlock(block, dataKey, { journal, frame: index }));
  return opens ? block.records : null;
}

interface FootOf {
  readonly frame: Frame;
  readonly head: SegmentHead;
  /** In the blocks before it. */
  readonly records: number;
  /** Of the tree before it. */
  readonly root: Buffer | null;
}

function faultOfFoot(
  { frame, head, records, root }: FootOf,
  { dataKey, publicKey }: { readonly dataKey: Buffer | null; readonly publicKey: KeyObject | null },
): string | null {
  const { journal } = head;
  const foot = readFoot(frame.body);
  const opens =
    foot !== null && (dataKey === null || openIndex(foot, dataKey, { journal, frame: frame.index }) !== null);
  if (!opens || foot.records !== records) return "its foot was not sealed by this journal";
  if (publicKey === null) return null;
  const read = readCheckpoint(foot.checkpoint, publicKey);
  const fits =
    read.ok &&
    read.vouched &&
    read.checkpoint.origin === originOf(journal) &&
    read.checkpoint.size === frame.index &&
    root?.equals(read.checkpoint.root) === true;
  return fits ? null : "the checkpoint in its foot is not the journal's";
}
