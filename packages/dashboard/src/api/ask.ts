import { readAnswer, unreachable, type Answer } from "./answer.ts";
import { viewer } from "./viewer.ts";

/** What is asked of the admin API. */
export interface Question {
  /** Default: GET. */
  readonly method?: "GET" | "POST" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Aborted where the answer is not wanted any more. */
  readonly signal?: AbortSignal;
  /** How long the answer may take, milliseconds. Default: 20 s. */
  readonly withinMs?: number;
}

/** How long a reading of the journal may take, milliseconds: the gate starts a thread for it, and ends it sooner itself. */
export const READING_MS = 75_000;

const WITHIN_MS = 20_000;

/**
 * Asks the admin API, as whoever is signed in. Never throws: what did not go well is an answer too. Where the gate says that
 * nobody is signed in, the page shows its sign-in.
 *
 * @param path such as `/sessions?limit=10`
 */
export async function ask<Body>(path: string, question: Question = {}): Promise<Answer<Body>> {
  const answer = await call<Body>(path, question);
  if (!answer.ok && answer.trouble === "signed-out") viewer.value = null;
  return answer;
}

async function call<Body>(
  path: string,
  { method = "GET", body, signal, withinMs = WITHIN_MS }: Question,
): Promise<Answer<Body>> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const late = AbortSignal.timeout(withinMs);
  try {
    const response = await fetch(path, {
      method,
      ...sent,
      headers: {
        // No other page can send this header here without being asked first (Fetch 3.2).
        "Sallyport-Request": "1",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    });
    return readAnswer<Body>(response.status, await response.json().catch(() => null));
  } catch {
    return unreachable;
  }
}
