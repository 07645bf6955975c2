import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DeskAnswer, VerifyAsked } from "../../hosts/admin/admin-desk.ts";
import type { JournalStatus, JournalVerification } from "../../hosts/dashboard/journal-message.ts";
import { readCheckpoint } from "../../journal/checkpoint.ts";
import { openReader } from "../../journal/journal-reader.ts";
import { readVerifier } from "../../journal/keyring.ts";
import { listSegments, listTombstones } from "../../journal/list-segments.ts";
import { CHECKPOINT_FILE } from "../../journal/segment-writer.ts";
import { type JournalFault, verifyJournal } from "../../journal/verify-journal.ts";
import { problemOf } from "../../problem-of.ts";
import { loadJournalKey } from "../journal/load-journal-key.ts";
import { type DeskPlace, WITHOUT_KEY } from "./desk-reading.ts";

/** Of a journal that is broken all over, whoever mends it runs the command. */
const MOST_FAULTS = 100;

/** What there is of a journal, without anything that is in it: it needs no key, and is no reading. */
export async function statusDesk(place: DeskPlace): Promise<DeskAnswer<Omit<JournalStatus, "verification">>> {
  const { directory } = place;
  try {
    const segments = listSegments(directory);
    const [first] = segments.flatMap(({ head }) => head?.time ?? []);
    const key = await openKey(place);
    return {
      ok: true,
      value: {
        directory,
        segments: segments.length,
        retired: listTombstones(directory).length,
        bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
        since: first === undefined ? null : new Date(first).toISOString(),
        checkpoint: await newestCheckpoint(directory),
        key: key.ok ? { ok: true, problem: null } : { ok: false, problem: `${key.problem}; ${WITHOUT_KEY}` },
      },
    };
  } catch (error) {
    return { ok: false, status: 503, problem: `the journal in ${directory}: ${problemOf(error)}` };
  }
}

async function newestCheckpoint(directory: string): Promise<JournalStatus["checkpoint"]> {
  const note = await readFile(join(directory, CHECKPOINT_FILE), "utf8").catch(() => null);
  const verifier = note === null ? null : await readVerifier(directory);
  const read = note === null || verifier === null ? null : readCheckpoint(note, verifier.publicKey);
  if (read?.ok !== true || !read.vouched) return null;
  const { size, time } = read.checkpoint;
  return { frames: size, at: new Date(time).toISOString() };
}

type KeyOpened =
  | { readonly ok: true; readonly keys: NonNullable<Parameters<typeof verifyJournal>[0]["keyring"]> }
  | { readonly ok: false; readonly problem: string };

async function openKey({ directory, payloadKeys, key: source }: DeskPlace): Promise<KeyOpened> {
  const key = await loadJournalKey(source);
  if (!key.ok) return key;
  const opened = await openReader(directory, key.key, payloadKeys ?? undefined);
  return opened.ok ? { ok: true, keys: opened.reader.keys } : opened;
}

/** Verifies a journal, every byte of it; with its key, where that is there, it opens every block, too. */
export async function verifyDesk(
  place: DeskPlace,
  { checkpoint, publicKey }: VerifyAsked,
  onProgress: (done: number, of: number) => void,
): Promise<DeskAnswer<JournalVerification>> {
  const key = await openKey(place);
  try {
    const report = await verifyJournal({
      directory: place.directory,
      keyring: key.ok ? key.keys : null,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(publicKey === undefined ? {} : { verifier: publicKey.trim() }),
      onProgress,
    });
    const { ok, segments, retired, frames, records, bytes, sound, verifier } = report;
    const faults = report.faults.slice(0, MOST_FAULTS).map(faultText);
    const more = report.faults.length - faults.length;
    return {
      ok: true,
      value: {
        ok,
        segments,
        retired,
        frames,
        records,
        bytes,
        sound,
        verifier,
        faults: more > 0 ? [...faults, `and ${more} more`] : faults,
        unknown: [...report.unknown, ...(key.ok ? [] : [`what the keys would tell: ${key.problem}`])],
      },
    };
  } catch (error) {
    return { ok: false, status: 503, problem: `the journal in ${place.directory}: ${problemOf(error)}` };
  }
}

function faultText({ segment, frame, offset, what }: JournalFault): string {
  const place = [
    segment,
    frame === null ? null : `frame ${frame}`,
    offset === null ? null : `byte ${offset}`,
  ];
  return `${place.filter((part) => part !== null).join(", ") || "the journal"}: ${what}`;
}
