/** `SEQUENCE` and `INTEGER` in DER (X.690 8.9, 8.3). */
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * An ECDSA signature in DER (RFC 3279 2.2.3) from the form of a JWS, two numbers side by side (RFC 7518 3.4): Node takes the
 * latter too, but only with an options object, and that costs half as much as the verification itself.
 *
 * @param numberBytes bytes of each number: as many as the order of the curve has
 * @returns `null` unless there are exactly two numbers of that size
 */
export function ecdsaToDer(signature: Uint8Array, numberBytes: number): Uint8Array | null {
  if (signature.length !== 2 * numberBytes) return null;
  const r = integer(signature.subarray(0, numberBytes));
  const s = integer(signature.subarray(numberBytes));
  const length = r.length + s.length;
  // The numbers of P-521 need the long form of the length (X.690 8.1.3.5).
  const head = length < 0x80 ? [SEQUENCE, length] : [SEQUENCE, 0x81, length];
  return Uint8Array.from([...head, ...r, ...s]);
}

/**
 * The form of a JWS from an ECDSA signature in DER.
 *
 * @param der as Node signs: well-formed, with numbers of at most `numberBytes` bytes, at most 48
 */
export function ecdsaFromDer(der: Buffer, numberBytes: number): Uint8Array {
  const signature = new Uint8Array(2 * numberBytes);
  const sizeOfR = der.readUInt8(3);
  const [r, s] = [der.subarray(4, 4 + sizeOfR), der.subarray(6 + sizeOfR)];
  signature.set(withoutZeros(r), numberBytes - withoutZeros(r).length);
  signature.set(withoutZeros(s), 2 * numberBytes - withoutZeros(s).length);
  return signature;
}

/** The shortest form of a number that is not negative. */
function integer(bytes: Uint8Array): number[] {
  const digits = withoutZeros(bytes);
  const sign = (digits[0] ?? 0x80) >= 0x80 ? [0] : [];
  return [INTEGER, sign.length + digits.length, ...sign, ...digits];
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? bytes.subarray(bytes.length) : bytes.subarray(first);
}
