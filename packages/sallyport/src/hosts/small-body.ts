import type { Readable } from "node:stream";

/** Bytes of a body that the gate itself reads, at most. */
export const MAX_BODY_BYTES: number = 16 * 1024;
const BODY_WITHIN_MS = 10_000;

/** The whole of a small body as text; `null` where it is larger than 16 KiB, or does not end within 10 s. Never rejects. */
export async function readSmallBody(body: Readable): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const timer = setTimeout(() => body.destroy(), BODY_WITHIN_MS);
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      size += piece.length;
      if (size > MAX_BODY_BYTES) return null;
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString("utf8");
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
