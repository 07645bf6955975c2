import { Buffer } from "node:buffer";

let scratch = Buffer.alloc(0x1_0000 + 8);

/** Room for a piece, at the same alignment, so that unmasking can go by words. Valid until the next call. */
export function scratchFor(piece: Uint8Array): Uint8Array {
  const shift = piece.byteOffset & 7;
  if (scratch.length < piece.length + shift) scratch = Buffer.alloc(piece.length * 2 + shift);
  return scratch.subarray(shift, shift + piece.length);
}
