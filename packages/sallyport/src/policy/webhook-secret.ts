/** Bytes of a signing key (Standard Webhooks 1.0, signature scheme). */
const [LEAST_BYTES, MOST_BYTES] = [24, 64];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The signing key of a webhook as Standard Webhooks write it: `whsec_` and 24 to 64 bytes in base64; the prefix may be left out.
 * `null`: it is none, and nothing is said of what it is.
 */
export function parseWebhookSecret(text: string): Buffer | null {
  const encoded = text.trim().replace(/^whsec_/, "");
  if (!BASE64.test(encoded)) return null;
  const key = Buffer.from(encoded, "base64");
  return key.length >= LEAST_BYTES && key.length <= MOST_BYTES ? key : null;
}
