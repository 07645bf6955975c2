/** Parts of what is much and independent, so that a cluster spreads them over its servers; each has its share of the room. By the first letter of a SHA-256 in hex. */
export const PARTS: readonly string[] = Array.from({ length: 16 }, (_, part) => part.toString(16));

/** The part of a hash in hex; that of `0` for whatever is none. */
export function partOf(hash: string): string {
  return /^[0-9a-f]/.exec(hash)?.[0] ?? "0";
}
