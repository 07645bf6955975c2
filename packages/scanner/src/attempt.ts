import { headerOf } from "./probe/response-head.ts";
import type { Probe } from "./probe/probe.ts";

/** How a handshake went. */
export interface Attempt {
  /** `accepted`: 101, which is no verdict yet. `refused`: another status. `dropped`: no HTTP came; see the probe. */
  readonly kind: "accepted" | "refused" | "dropped";
  readonly status: number | null;
  readonly probe: Probe;
}

/** What came back to a handshake, by what the probe has read. */
export function attemptOf(probe: Probe): Attempt {
  const status = probe.head?.status ?? null;
  return { kind: status === 101 ? "accepted" : status === null ? "dropped" : "refused", status, probe };
}

/** What is said of silence. */
export const NOT_ANSWERED = "not answered in time";

/** The attempt in words. */
export function describeAttempt({ kind, status, probe }: Attempt): string {
  if (kind === "accepted") return "accepted";
  if (kind === "refused") return `refused with ${status}`;
  if (probe.isGarbage) return "answered with something that is not HTTP";
  return probe.ended === null ? NOT_ANSWERED : "ended without an answer";
}

/** Whether a status is that of a proxy which got no answer from what is behind it, or none that is one (RFC 9110 15.6.3 to 15.6.5). */
export function isOfProxy(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}

/** How long a target that is busy asks to wait, in milliseconds; null where it does not say that it is. */
export function retryAfter({ status, probe }: Attempt): number | null {
  return busyFor(status, probe.head === null ? null : headerOf(probe.head, "retry-after"));
}

/** The same, by the status and the header `Retry-After` of an answer. */
export function busyFor(status: number | null, header: string | null): number | null {
  if (status !== 429 && status !== 503) return null;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 1000;
}
