import type { IncomingMessage } from "node:http";
import { parseJson } from "../../dialects/parse-json.ts";

/** The longest body, unless a route says otherwise. */
export const MAX_BODY_BYTES: number = 16 * 1024;

/** The body as JSON; an empty one is `undefined`. `null`: it is no JSON, or larger than `most` bytes. */
export async function readBody(
  incoming: IncomingMessage,
  most: number = MAX_BODY_BYTES,
): Promise<{ readonly value: unknown } | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  // Read to its end whatever its size, so that the answer is not lost with the connection; only so much of it is kept.
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= most) pieces.push(piece);
  }
  if (size > most) return null;
  if (size === 0) return { value: undefined };
  try {
    return { value: parseJson(Buffer.concat(pieces).toString("utf8")) };
  } catch {
    return null;
  }
}

/** The query as an object; `null` where a name stands twice, so that nobody reads another one than we do. */
export function readQuery(target: string): Readonly<Record<string, string>> | null {
  const at = target.indexOf("?");
  const pairs = [...new URLSearchParams(at === -1 ? "" : target.slice(at + 1))];
  return new Set(pairs.map(([name]) => name)).size === pairs.length ? Object.fromEntries(pairs) : null;
}

/** The path as it came, without the query. */
export function pathOf(target: string): string {
  return target.split("?", 1)[0] ?? "";
}
