import type { GuardServices } from "./guard.ts";

/** Milliseconds that an answer may take, from the request to its last byte. */
export const FETCH_TIMEOUT_MS = 5000;

/** A request, and how much the answer to it may take. */
export interface BoundedRequest {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bytes of the answer's body. */
  readonly maxBytes: number;
  /** Milliseconds. Default: `FETCH_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

/** An answer, whole. */
export interface BoundedAnswer {
  readonly status: number;
  readonly text: string;
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) throw new Error(`answered more than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Fetches within a time and a size. Redirects are not followed: they are answers. The body of an answer other than 200 and 400
 * (where OAuth says what was wrong) is not read: its text is empty.
 *
 * @throws Error when there is no answer in time, or it is too large
 */
export async function boundedFetch(
  fetch: GuardServices["fetch"],
  { url, maxBytes, timeoutMs = FETCH_TIMEOUT_MS, signal, ...request }: BoundedRequest,
): Promise<BoundedAnswer> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`did not answer in ${timeoutMs} ms`)), timeoutMs);
  try {
    const response = await fetch(url, {
      ...request,
      redirect: "manual",
      signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
    });
    const { status } = response;
    if (status === 200 || status === 400) return { status, text: await readBounded(response, maxBytes) };
    await response.body?.cancel();
    return { status, text: "" };
  } finally {
    clearTimeout(timer);
  }
}

/** The message of a failed fetch, with its cause where that is the telling part (`fetch failed`). */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
