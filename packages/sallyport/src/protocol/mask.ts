/**
 * Copies `source` into `target` and applies the masking key (RFC 6455 5.3). Applying it again undoes it.
 *
 * @param key four bytes
 * @param offset position of `source[0]` within the frame's payload: a payload may arrive in pieces
 * @param target at least as long as `source`; may be `source` itself
 */
export function applyMask(source: Uint8Array, target: Uint8Array, key: Uint8Array, offset: number): void {
  const length = source.length;
  const shift = offset & 3;
  const k0 = key[shift]!;
  const k1 = key[(shift + 1) & 3]!;
  const k2 = key[(shift + 2) & 3]!;
  const k3 = key[(shift + 3) & 3]!;
  let index = 0;
  if (length >= WORDS_PAY_FROM && source.byteOffset % 4 === target.byteOffset % 4) {
    // Bring both to a word boundary, xor 32 bits at a time, leave the rest to the byte loop below.
    const lead = (4 - (source.byteOffset & 3)) & 3;
    for (; index < lead; index++) target[index] = source[index]! ^ key[(index + shift) & 3]!;
    const words = (length - index) >> 2;
    const from = new Int32Array(source.buffer, source.byteOffset + index, words);
    const to = new Int32Array(target.buffer, target.byteOffset + index, words);
    const word = wordOf(key, (index + shift) & 3);
    for (let at = 0; at < words; at++) to[at] = from[at]! ^ word;
    index += words << 2;
    for (; index < length; index++) target[index] = source[index]! ^ key[(index + shift) & 3]!;
    return;
  }
  const end = length - 3;
  for (; index < end; index += 4) {
    target[index] = source[index]! ^ k0;
    target[index + 1] = source[index + 1]! ^ k1;
    target[index + 2] = source[index + 2]! ^ k2;
    target[index + 3] = source[index + 3]! ^ k3;
  }
  for (; index < length; index++) target[index] = source[index]! ^ key[(index + shift) & 3]!;
}

/** Below this many bytes making two typed-array views costs more than it saves. */
const WORDS_PAY_FROM = 128;

const wordBytes = new Uint8Array(4);
const wordView = new Int32Array(wordBytes.buffer);

/** The key, beginning at `shift`, as one word in the machine's own byte order. */
function wordOf(key: Uint8Array, shift: number): number {
  for (let index = 0; index < 4; index++) wordBytes[index] = key[(index + shift) & 3]!;
  return wordView[0]!;
}
