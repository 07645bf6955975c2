import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readCheckpoint } from "./checkpoint.ts";
import { originOf } from "./journal-keys.ts";
import { readProofs } from "./journal-proof.ts";
import type { JournalReader, ReadBlock, ReadSegment } from "./journal-reader.ts";
import type { JournalRecord } from "./journal-record.ts";
import { readVerifier } from "./keyring.ts";
import type { RecordProof } from "./record-proof.ts";
import { CHECKPOINT_FILE } from "./segment-writer.ts";
import { verifierKey } from "./signed-note.ts";

/** Which record, and what of it a third party is to see. */
export interface ProofWish {
  readonly frame: number;
  readonly position: number;
  /** A checkpoint that whoever checks it has from elsewhere; absent: the newest beside the segments. */
  readonly checkpoint?: string;
  /** Brings the key of the block: the record can be read, and what else is in its block. */
  readonly reveal: boolean;
  /** Brings the key of the content, too: of all that one user said on that day. */
  readonly content: boolean;
}

/** A proof, and the record that it proves; or why there is none. */
export type ProofMade =
  | { readonly ok: true; readonly proof: RecordProof; readonly record: JournalRecord }
  | { readonly ok: false; readonly problem: string };

/** Proves that a record is in a journal, to somebody who has none of it. @throws where the directory cannot be read */
export async function proveRecord(
  directory: string,
  reader: JournalReader,
  wish: ProofWish,
): Promise<ProofMade> {
  const { frame, position, reveal, content } = wish;
  const found = await findBlock(reader, frame, ({ block, contentKey }, segment) => ({
    record: block.record(position),
    dataKey: segment.dataKey,
    contentKey: content ? contentKey(position) : null,
  }));
  if (found === null || found.record === null) return refused(`there is no record ${frame}:${position} here`);
  const own = await readVerifier(directory);
  if (own === null) return refused("the journal's public key cannot be read");
  const checkpoint =
    wish.checkpoint ?? (await readFile(join(directory, CHECKPOINT_FILE), "utf8").catch(() => ""));
  const read = readCheckpoint(checkpoint, own.publicKey);
  if (!read.ok) return refused(`the checkpoint cannot be read: ${read.problem}`);
  if (!read.vouched) return refused("the checkpoint was not signed by this journal");
  const { size } = read.checkpoint;
  if (size <= frame)
    return refused(
      `the checkpoint covers ${size} frames, and not frame ${frame}: the next one will, within seconds where a writer is at work`,
    );
  const block = (await readProofs(directory, frame)).block(frame, size);
  if (block === null)
    return refused("the chain is broken before it, or its beginning is gone: see `journal verify`");
  const { record, dataKey, contentKey } = found;
  const proof: RecordProof = {
    version: 1,
    ...block,
    position,
    checkpoint,
    verifier: verifierKey(originOf(own.journal), own.publicKey),
    dataKey: reveal ? Buffer.from(dataKey).toString("base64") : null,
    contentKey:
      contentKey === null ? null : { id: contentKey.id, key: Buffer.from(contentKey.key).toString("base64") },
  };
  return { ok: true, proof, record };
}

/** Reads the block of a frame; `null` where there is none. */
async function findBlock<T>(
  reader: JournalReader,
  frame: number,
  use: (block: ReadBlock, segment: ReadSegment) => T,
): Promise<T | null> {
  const segment = reader.segments().findLast(({ head }) => head !== null && head.tree.size < frame);
  const opened = segment === undefined ? null : await reader.openSegment(segment);
  if (segment?.head === null || segment === undefined || opened === null) return null;
  try {
    const places = await opened.blocks();
    // Frames of a segment follow one another; an index leaves out the head.
    const first = places[0]?.index === null ? segment.head.tree.size : segment.head.tree.size + 1;
    const place = places[frame - first];
    const read = place === undefined ? null : await opened.read(place);
    return read === null || read.frame !== frame ? null : use(read, opened);
  } finally {
    await opened.close();
  }
}

function refused(problem: string): ProofMade {
  return { ok: false, problem };
}
