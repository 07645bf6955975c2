/**
 * A hash of a text in 32 bits (FNV-1a, with its last bits mixed as in MurmurHash3). Not for secrets: the seed only keeps whoever
 * sends the text from choosing which texts meet in one counter.
 */
export function hashText(text: string, seed: number): number {
  let hash = seed | 0;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Keys of this length are kept as they are. */
const LONGEST_KEY = 128;

/** A key of bounded length: names that callers bring, such as that of a user, may be as long as a token. */
export function boundedKey(key: string, seed: number): string {
  if (key.length <= LONGEST_KEY) return key;
  return `#${hashText(key, seed)} ${hashText(key, ~seed)} ${key.length}`;
}
