import { Buffer } from "node:buffer";

/**
 * A fresh incident id: 12 characters of base64url, 72 random bits. It is all that a refused peer learns, and the key
 * under which the operator finds the rule, the value and how to allow it.
 *
 * @param random bytes from a CSPRNG
 */
export function incidentId(random: (bytes: number) => Uint8Array): string {
  return Buffer.from(random(9)).toString("base64url");
}
