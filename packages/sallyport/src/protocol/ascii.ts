/** Below this many bytes one loop here is cheaper than unmasking into other memory and a call out of JavaScript. */
export const SHORT_BYTES = 256;

/**
 * Whether the bytes from `start` to `end`, once their mask is taken off, are all ASCII, and so UTF-8 (RFC 3629 1). Writes nothing.
 *
 * @param key the masking key as of `start`; `null` where there is none
 */
export function isAscii(bytes: Uint8Array, start: number, end: number, key: Uint8Array | null): boolean {
  let seen = 0;
  let index = start;
  if (key === null) {
    for (; index < end; index++) seen |= bytes[index]!;
    return seen < 0x80;
  }
  const [k0, k1, k2, k3] = [key[0]!, key[1]!, key[2]!, key[3]!];
  for (const last = end - 3; index < last; index += 4) {
    seen |=
      (bytes[index]! ^ k0) | (bytes[index + 1]! ^ k1) | (bytes[index + 2]! ^ k2) | (bytes[index + 3]! ^ k3);
  }
  for (let at = 0; index < end; index++, at++) seen |= bytes[index]! ^ key[at]!;
  return seen < 0x80;
}
