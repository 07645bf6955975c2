import { createPublicKey, hash } from "node:crypto";
import { join } from "node:path";
import type { JournalDisk } from "./journal-disk.ts";
import type { JournalNote } from "./journal-record.ts";
import { type Keyring, privateKeyOf } from "./journal-keys.ts";
import { listSegments, listTombstones, SEALED, type SegmentFile } from "./list-segments.ts";
import type { PayloadKeys } from "./payload-keys.ts";
import { type IndexEntry, openIndex, readFoot } from "./segment-foot.ts";
import { type SegmentHead, unwrapDataKey } from "./segment-head.ts";
import { readTombstone, signTombstone, TOMBSTONE, type Tombstone } from "./tombstone.ts";
import { walkSegment } from "./walk-segment.ts";

/** What a journal retains; `null`: that is no reason to retire anything. */
export interface RetainLimits {
  /** A segment goes when its last record is older. */
  readonly ageMs: number | null;
  /** The oldest segment goes while all segments together are larger. */
  readonly bytes: number | null;
}

/** Where a journal is, and its keys. */
export interface JournalPlace {
  readonly directory: string;
  readonly keyring: Keyring;
  readonly disk: JournalDisk;
}

/** What retention needs. */
export interface RetentionOptions extends JournalPlace {
  readonly payloadKeys: PayloadKeys;
  readonly limits: RetainLimits;
}

/** A segment that was retired, with so many payload keys; or why one that is due was not. */
export type Retired =
  | { readonly ok: true; readonly tombstone: Tombstone; readonly keys: number }
  | { readonly ok: false; readonly problem: string };

/** Payload keys of a day go when all that is left was begun so long after it: records may wait for a disk before they are written. */
const GRACE_MS = 86_400_000;

/**
 * Retires the oldest segment where it is due: leaves a tombstone, deletes it, and destroys the payload keys of days of which
 * nothing is left. The newest segment always stays, and so does one that is not as it was sealed: the tombstone says that it was.
 *
 * @param believed the time by which segments grow old, where that is not the same: a clock may have been set wrong
 * @returns `null` where nothing is due
 * @throws where the disk fails; what it had begun is finished by the next call of this or of `finishRetiring`
 */
export function applyRetention(
  options: RetentionOptions,
  now: number,
  believed: number = now,
): Retired | null {
  const { directory, limits, disk, keyring } = options;
  const segments = listSegments(directory);
  const [oldest, ...others] = segments;
  // Those without a head that can be read stand last.
  if (oldest === undefined || !oldest.sealed || others.every(({ head }) => head === null)) return null;
  const { head } = oldest;
  const total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const isTooLarge = limits.bytes !== null && total > limits.bytes;
  const before = limits.ageMs === null ? -Infinity : believed - limits.ageMs;
  if (head === null || (!isTooLarge && head.time >= before)) return null;
  const sealed = readSealed(oldest, head, options);
  if (sealed === null)
    return { ok: false, problem: `${oldest.name} is due to go, but not as it was sealed: it stays` };
  const isOld = sealed.to < before;
  if (!isOld && !isTooLarge) return null;
  const tombstone: Tombstone = { ...sealed, time: now, reason: isOld ? "age" : "size" };
  const note = signTombstone(tombstone, privateKeyOf(keyring.signingKey));
  disk.replace(join(directory, `${tombstone.hash}${TOMBSTONE}`), note);
  disk.remove(oldest.path);
  disk.syncDirectory(directory);
  return { ok: true, tombstone, keys: eraseKeys(options.payloadKeys, others, believed) };
}

/** What the journal tells of it. */
export function retiredNote(tombstone: Tombstone, keys: number): JournalNote {
  const { hash: segment, number, records, from, to, reason } = tombstone;
  return { type: "journal", what: "retired", segment, number, records, from, to, reason, keys };
}

/** Deletes what a writer before left a tombstone of, and did not get to delete. @returns the tombstones. @throws where the disk fails */
export function finishRetiring({ directory, keyring, disk }: JournalPlace): Tombstone[] {
  const begun = new Set(listTombstones(directory));
  const left = listSegments(directory).filter(({ name }) => begun.has(name.slice(0, -SEALED.length)));
  if (left.length === 0) return [];
  const tombstones = left.flatMap(({ path, name }) => {
    const tombstone = tombstoneOf(name.slice(0, -SEALED.length), { directory, keyring, disk });
    if (tombstone === null) return [];
    disk.remove(path);
    return [tombstone];
  });
  disk.syncDirectory(directory);
  return tombstones;
}

/** The tombstone of the last segment that was retired; `null` where there is none that the journal's key vouches for. */
export function lastTombstone(place: JournalPlace): Tombstone | null {
  return listTombstones(place.directory)
    .map((name) => tombstoneOf(name, place))
    .reduce(
      (last, next) => (last === null || (next !== null && next.number > last.number) ? next : last),
      null,
    );
}

/** A segment that was not retired by this journal has none. */
function tombstoneOf(name: string, { directory, keyring, disk }: JournalPlace): Tombstone | null {
  const publicKey = createPublicKey(privateKeyOf(keyring.signingKey));
  const read = readTombstone(disk.read(join(directory, `${name}${TOMBSTONE}`)).toString(), publicKey);
  const isOwn = read.ok && read.vouched && read.tombstone.hash === name;
  return isOwn && read.tombstone.journal === keyring.journal ? read.tombstone : null;
}

/** What a tombstone says of a segment; `null` where that is not as this journal sealed it. */
function readSealed(
  { name, path, bytes }: SegmentFile,
  head: SegmentHead,
  { disk, keyring }: JournalPlace,
): Omit<Tombstone, "time" | "reason"> | null {
  const file = disk.read(path);
  const digest = hash("sha256", file);
  if (head.journal !== keyring.journal || `${digest}${SEALED}` !== name) return null;
  const { frames, state, end } = walkSegment(file, head);
  const foot = frames.at(-1);
  const key = keyring.keys.get(head.keyId)?.metadata;
  const dataKey = key === undefined ? null : unwrapDataKey(head, key);
  const read = foot?.kind === "foot" && end.sound ? readFoot(foot.body) : null;
  if (foot === undefined || dataKey === null || read === null) return null;
  const index = openIndex(read, dataKey, { journal: head.journal, frame: foot.index });
  if (index === null) return null;
  return {
    journal: head.journal,
    number: head.number,
    hash: digest,
    first: head.tree.size,
    ...state,
    records: read.records,
    bytes,
    ...timesOf(index, head),
  };
}

function timesOf(index: readonly IndexEntry[], { time }: SegmentHead): Pick<Tombstone, "from" | "to"> {
  const from = index.reduce((first, { minTime }) => Math.min(first, minTime), Infinity);
  const to = index.reduce((last, { maxTime }) => Math.max(last, maxTime), -Infinity);
  return index.length === 0 ? { from: time, to: time } : { from, to };
}

/** No day is destroyed of which something may be left in a segment whose head cannot be read, or was dated by a clock set wrong. */
function eraseKeys(keys: PayloadKeys, left: readonly SegmentFile[], believed: number): number {
  return keys.eraseBefore(Math.min(believed, ...left.map(({ head }) => head?.time ?? 0)) - GRACE_MS);
}
