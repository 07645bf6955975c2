import { Buffer } from "node:buffer";
import { z } from "zod";
import { openBlock, readBlockBody } from "./block-body.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { originOf } from "./journal-keys.ts";
import type { BlockProof } from "./journal-proof.ts";
import type { JournalRecord } from "./journal-record.ts";
import { provesInclusion } from "./merkle-proof.ts";
import { openBundle } from "./payload-bundle.ts";
import { readFrame } from "./segment-frame.ts";
import { publicKeyOf } from "./signed-note.ts";

/** A key that opens the content of one user and day. */
export interface ContentKey {
  /** 8 bytes in hex. */
  readonly id: string;
  /** Base64. */
  readonly key: string;
}

/**
 * What a third party needs to be shown that a record is in a journal: the frame of its block, the way from it to a checkpoint, and where
 * that is to be seen, the key that opens the records of the segment, or those of the content of one user and day.
 */
export interface RecordProof extends BlockProof {
  readonly version: 1;
  /** Of the record in its block. */
  readonly position: number;
  /** The signed checkpoint that covers it. */
  readonly checkpoint: string;
  /** Whose: to be compared with the one that is known from elsewhere. */
  readonly verifier: string;
  /** Base64; `null`: the block stays sealed. */
  readonly dataKey: string | null;
  /** `null`: contents stay sealed. */
  readonly contentKey: ContentKey | null;
}

const proofSchema = z.object({
  version: z.literal(1),
  index: z.int().min(0),
  size: z.int().min(1),
  leaf: z.base64(),
  inclusion: z.array(z.base64()).max(64),
  position: z.int().min(0),
  checkpoint: z.string().max(16 * 1024),
  verifier: z.string().max(256),
  dataKey: z.base64().nullable(),
  contentKey: z.object({ id: z.string().regex(/^[0-9a-f]{16}$/), key: z.base64() }).nullable(),
});

/** What a proof is held against. */
export interface ProofTrust {
  /** The public key, known from elsewhere; absent: the one in the proof is believed. */
  readonly verifier?: string;
  /** A checkpoint that is known from elsewhere; absent: the one in the proof, if the key signed it. */
  readonly checkpoint?: string;
}

/** What a proof proves, or why it proves nothing. */
export type ProofChecked =
  | { readonly ok: false; readonly problem: string }
  | {
      readonly ok: true;
      readonly verifier: string;
      readonly frame: number;
      readonly position: number;
      /** Of the checkpoint: how many frames, and when it was made. */
      readonly size: number;
      readonly time: number;
      /** `null`: the proof does not bring the key of its block. */
      readonly record: JournalRecord | null;
      readonly content: Buffer | null;
      /** What cannot be known from what was given. */
      readonly unknown: readonly string[];
    };

/** Checks the text of a proof. It throws for nothing that may stand in it. */
export function checkRecordProof(text: string, trust: ProofTrust = {}): ProofChecked {
  const parsed = proofSchema.safeParse(parseJson(text));
  if (!parsed.success) return refused("it is not a proof of a record");
  const proof: RecordProof = parsed.data;
  const verifier = (trust.verifier ?? proof.verifier).trim();
  const publicKey = publicKeyOf(verifier);
  if (publicKey === null) return refused("the public key cannot be read");
  const read = readCheckpoint(trust.checkpoint ?? proof.checkpoint, publicKey);
  if (!read.ok) return refused(`the checkpoint cannot be read: ${read.problem}`);
  const { checkpoint } = read;
  if (!read.vouched || !verifier.startsWith(`${checkpoint.origin}+`))
    return refused("the checkpoint was not signed by this public key");
  if (checkpoint.size !== proof.size)
    return refused(
      `it was made for a checkpoint of ${proof.size} frames, and this one has ${checkpoint.size}`,
    );
  // A frame is its leaf and the chain after it, which a proof does not need.
  const frame = readFrame(Buffer.concat([Buffer.from(proof.leaf, "base64"), Buffer.alloc(32)]), 0);
  if (!frame.ok || frame.frame.kind !== "block" || frame.frame.index !== proof.index)
    return refused("its leaf is not the block that it says");
  const path = proof.inclusion.map((step) => Buffer.from(step, "base64"));
  if (!provesInclusion(frame.frame.leaf, checkpoint.root, { index: proof.index, size: proof.size, path }))
    return refused("its frame is not in the tree of the checkpoint");
  const opened = openRecord(proof, frame.frame.body, checkpoint.origin);
  if (opened === null) return refused("its key does not open its block, or there is no such record in it");
  return {
    ok: true,
    verifier,
    frame: proof.index,
    position: proof.position,
    size: proof.size,
    time: checkpoint.time,
    ...opened,
    unknown: [
      ...(trust.verifier === undefined
        ? ["whose the public key in the proof is: compare it with the one that you know from elsewhere"]
        : []),
      ...(trust.checkpoint === undefined
        ? ["whether the journal showed others another state: no checkpoint was given that was kept elsewhere"]
        : []),
      ...(proof.dataKey === null
        ? ["what the record says: the proof does not bring the key of its block"]
        : []),
      ...(proof.contentKey !== null && opened.content === null
        ? ["what its content was: the key in the proof does not open it"]
        : []),
    ],
  };
}

interface OpenedRecord {
  readonly record: JournalRecord | null;
  readonly content: Buffer | null;
}

/** The record as it stands in the block; `null` where the keys do not open it. */
function openRecord(proof: RecordProof, body: Buffer, origin: string): OpenedRecord | null {
  if (proof.dataKey === null) return { record: null, content: null };
  const journal = origin.slice(originOf("").length);
  const place = { journal, frame: proof.index };
  const key = Buffer.from(proof.dataKey, "base64");
  const content = readBlockBody(body);
  if (content === null || key.length !== 32) return null;
  const { contentKey } = proof;
  try {
    const record = openBlock(content, key, place)?.record(proof.position) ?? null;
    if (record === null) return null;
    const own = contentKey === null ? [] : content.bundles.filter(({ keyId }) => keyId === contentKey.id);
    const payloads = own.flatMap(
      (bundle) => openBundle(bundle, Buffer.from(contentKey?.key ?? "", "base64"), place) ?? [],
    );
    const bytes = payloads.find(({ position }) => position === proof.position)?.bytes;
    return { record, content: bytes === undefined ? null : Buffer.from(bytes) };
  } catch {
    // Whoever made a proof may have sealed anything with a key of their own: what is no block is none.
    return null;
  }
}

function refused(problem: string): ProofChecked {
  return { ok: false, problem };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
