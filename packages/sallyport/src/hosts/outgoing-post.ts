import { systemClock } from "./outgoing-clock.ts";

/** A request to somebody outside: a webhook, a collector. */
export interface OutgoingPost {
  /** A secret. */
  readonly url: string;
  /** Secrets may be among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Milliseconds, from the request to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

/** What came of it. No text of it holds more of the URL than nothing. */
export type PostOutcome =
  /** 2xx, with as much of the answer as is read. */
  | { readonly kind: "taken"; readonly status: number; readonly answer: Uint8Array }
  /** Another answer; `again`: it says that it is worth another attempt, after `retryAfterMs` where it says so. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly again: boolean;
      readonly retryAfterMs: number | null;
    }
  /** No answer. */
  | { readonly kind: "unanswered"; readonly why: string };

/** Why it was not taken, for the operator. */
export function whyNotTaken(outcome: Exclude<PostOutcome, { kind: "taken" }>): string {
  return outcome.kind === "refused" ? `it answered ${outcome.status}` : outcome.why;
}

/** Posts, and never rejects. */
export type Post = (post: OutgoingPost) => Promise<PostOutcome>;

/** More than any answer that is looked at. What is longer is not read. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** Timeouts, too early, too many, and faults of the other side (RFC 9110 15, RFC 6585 4, RFC 8470 5.2). */
const WORTH_ANOTHER: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Posts by `fetch`. Follows no redirect: it is an answer like any other that is not 2xx. Of an answer at most 16 KiB are read, and a
 * 2xx is one whatever becomes of its body.
 */
export const outgoingPost: Post = async ({ url, headers, body, timeoutMs, signal }) => {
  const late = new AbortController();
  const callOff = systemClock.setTimer(() => late.abort(), timeoutMs);
  try {
    const response = await globalThis.fetch(url, {
      method: "POST",
      headers: { "accept-encoding": "identity", "user-agent": "sallyport", ...headers },
      body,
      redirect: "manual",
      signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
    });
    const { status } = response;
    if (status >= 200 && status < 300)
      return { kind: "taken", status, answer: await readSome(response, late) };
    late.abort();
    const retryAfterMs = retryAfter(response.headers.get("retry-after"));
    return { kind: "refused", status, again: WORTH_ANOTHER.has(status), retryAfterMs };
  } catch (error) {
    return { kind: "unanswered", why: late.signal.aborted ? `no answer in ${timeoutMs} ms` : reason(error) };
  } finally {
    callOff();
  }
};

async function readSome(response: Response, late: AbortController): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk.subarray(0, MAX_ANSWER_BYTES - length));
      length += chunk.length;
      if (length >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // It said that it took it.
  }
  // What was not read must not be sent either.
  if (length >= MAX_ANSWER_BYTES) late.abort();
  return Buffer.concat(chunks);
}

/** Seconds, or a date (RFC 9110 10.2.3). */
function retryAfter(text: string | null): number | null {
  if (text === null) return null;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : null;
}

/** The system's code alone: messages may hold the URL or a header. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? `it could not be reached (${code})` : "it could not be reached";
}
