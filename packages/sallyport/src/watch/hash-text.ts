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
