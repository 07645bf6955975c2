import { randomBytes } from "node:crypto";

/** Bytes that are drawn at once. */
const POOL_BYTES = 4096;

/**
 * Bytes from the CSPRNG (`crypto.randomBytes`), drawn a pool at a time: for nine bytes a call costs as much as for four
 * thousand. Nothing is given out twice, and a pool is never written to again.
 */
export function createRandomPool(
  draw: (bytes: number) => Uint8Array = randomBytes,
): (bytes: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array(0);
  let taken = 0;
  return (bytes) => {
    if (bytes > POOL_BYTES) return draw(bytes);
    if (taken + bytes > pool.length) {
      pool = draw(POOL_BYTES);
      taken = 0;
    }
    taken += bytes;
    return pool.subarray(taken - bytes, taken);
  };
}
