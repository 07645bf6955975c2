import { askGate, type GateAnswer, type GateRequest } from "./ask-gate.ts";
import { drawWait, type Backoff } from "./backoff.ts";
import { later } from "./later.ts";
import type { RenewalFailed } from "./socket-events.ts";

/** Nobody renews more often than that, whatever the clocks say. */
const SHORTEST_RENEWAL_MS = 1000;
/** Nor, where each answer says that it was due already, than that in the end. */
const LONGEST_PAUSE_MS = 64_000;
/** The gate closes a connection at the latest 25 s after its proof has ended, by default; one that is open then is dead. */
const DEAD_AFTER_MS = 30_000;

/** What keeps the proof of one connection in force. */
export interface RenewedConnection {
  /** Ends with the connection. */
  readonly signal: AbortSignal;
  readonly backoff: Backoff;
  /** The request for a refresh. */
  readonly request: Omit<GateRequest, "signal" | "purpose" | "fresh">;
  /** A proof is in force. */
  renewed(expiresAt: Date | null): void;
  failed(why: Omit<RenewalFailed, "expiresAt">): void;
  /** The proof has ended, and nobody closed the connection. */
  expired(): void;
}

function timeOf(value: unknown): number | null {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/**
 * Keeps the proof of one connection in force: from the answer that brought its ticket on, it is renewed when the gate says so,
 * until that fails for good or the connection ends.
 */
export function keepRenewed(connection: RenewedConnection, first: GateAnswer): void {
  const { signal, backoff, request } = connection;
  let cancelEnd: (() => void) | undefined;
  let early = 0;

  const inForce = ({ body, clockOffsetMs }: GateAnswer): void => {
    cancelEnd?.();
    const now = Date.now() + clockOffsetMs;
    const [expiresAt, refreshAt] = [timeOf(body.expiresAt), timeOf(body.refreshAt)];
    connection.renewed(expiresAt === null ? null : new Date(expiresAt));
    if (expiresAt === null) return;
    cancelEnd = later(Math.max(expiresAt - now, 0) + DEAD_AFTER_MS, () => connection.expired(), signal);
    if (refreshAt === null) return;
    early = refreshAt > now ? 0 : early + 1;
    const pauseMs = Math.min(SHORTEST_RENEWAL_MS * 2 ** early, LONGEST_PAUSE_MS);
    later(Math.max(refreshAt - now, pauseMs), () => void renew(0), signal);
  };
  const renew = async (attempt: number): Promise<void> => {
    const answer = await askGate({ ...request, purpose: "refresh", fresh: true, signal });
    if (signal.aborted) return;
    if ("body" in answer) return inForce(answer);
    const { comesBack, retryAfterMs, ...why } = answer;
    const delayMs = comesBack ? drawWait(backoff, attempt + 1, retryAfterMs) : null;
    connection.failed({ ...why, delayMs });
    if (delayMs !== null) later(delayMs, () => void renew(attempt + 1), signal);
  };
  inForce(first);
}
