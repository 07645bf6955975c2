import { Buffer } from "node:buffer";

/** The first character is a letter: one that begins with `-` would be an option where it is typed behind a command. */
const FIRST = 0x7f;

/**
 * A fresh id of an incident or a session: 12 characters of base64url of which the first is a letter, 71 random bits. Of an incident it is all
 * that a refused peer learns, and the key under which the operator finds the rule, the value and how to allow it.
 *
 * @param random bytes from a CSPRNG
 */
export function incidentId(random: (bytes: number) => Uint8Array): string {
  const bytes = Buffer.from(random(9));
  bytes[0] = (bytes[0] ?? 0) & FIRST;
  return bytes.toString("base64url");
}
