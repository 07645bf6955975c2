import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** A key of its own for each ticket, used once: the initialisation vector need not differ. */
const VECTOR = Buffer.alloc(12);

function keyOf(ticket: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", ticket, "", "sallyport sealed proof", KEY_BYTES));
}

/** Seals a credential so that only the ticket opens it: the state that keeps it for the ticket cannot read it. Base64. */
export function sealProof(credential: string, ticket: string): string {
  const cipher = createCipheriv(ALGORITHM, keyOf(ticket), VECTOR);
  const sealed = Buffer.concat([cipher.update(credential, "utf8"), cipher.final()]);
  return Buffer.concat([sealed, cipher.getAuthTag()]).toString("base64");
}

/** The credential that was sealed for this ticket; `null` where it was not, or was changed since. */
export function openProof(sealed: string, ticket: string): string | null {
  const bytes = Buffer.from(sealed, "base64");
  if (bytes.length < TAG_BYTES) return null;
  const decipher = createDecipheriv(ALGORITHM, keyOf(ticket), VECTOR);
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}
