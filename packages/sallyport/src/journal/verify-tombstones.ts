import { type KeyObject } from "node:crypto";
import { readTombstone, TOMBSTONE, type Tombstone } from "./tombstone.ts";

/** What the tombstones of a journal say together. */
export interface VerifiedTombstones {
  /** Those that the journal's key vouches for, by the number of their segment. */
  readonly retired: readonly Tombstone[];
  /** What is wrong, and with which file. */
  readonly faults: readonly { readonly name: string; readonly what: string }[];
}

/** Checks tombstones: that each was signed and is of the segment it is named after, and that none is missing from the first on. */
export function verifyTombstones(
  texts: ReadonlyMap<string, string>,
  publicKey: KeyObject,
): VerifiedTombstones {
  const faults: { name: string; what: string }[] = [];
  const retired: Tombstone[] = [];
  for (const [hash, text] of texts) {
    const read = readTombstone(text, publicKey);
    const name = `${hash}${TOMBSTONE}`;
    if (!read.ok) faults.push({ name, what: `this tombstone cannot be read: ${read.problem}` });
    else if (!read.vouched) faults.push({ name, what: "this tombstone was not signed by this journal" });
    else if (read.tombstone.hash !== hash)
      faults.push({ name, what: "this tombstone is of another segment than its name says" });
    else retired.push(read.tombstone);
  }
  retired.sort((a, b) => a.number - b.number);
  for (const [at, tombstone] of retired.entries()) {
    const what = breakBefore(tombstone, retired[at - 1]);
    if (what !== null) faults.push({ name: `${tombstone.hash}${TOMBSTONE}`, what });
  }
  return { retired, faults };
}

/** What is wrong between a tombstone and the one before it. */
function breakBefore({ number, first }: Tombstone, before: Tombstone | undefined): string | null {
  const expected = (before?.number ?? 0) + 1;
  if (number < expected) return `segment ${number} was retired twice`;
  if (number === expected + 1) return `the tombstone of segment ${expected} is missing before it`;
  if (number > expected)
    return `the tombstones of segments ${expected} to ${number - 1} are missing before it`;
  if (first !== (before?.tree.size ?? 0))
    return "its frames do not continue those of the tombstone before it";
  return null;
}
