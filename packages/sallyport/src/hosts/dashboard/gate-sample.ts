import type { GateTotals } from "./gate-totals.ts";
import { percentile } from "./latency-buckets.ts";
import type { GateSample, RouteSample } from "./live-message.ts";

/** What was counted at a moment. */
export interface Reading {
  /** Wall clock, milliseconds since the epoch. */
  readonly at: number;
  /** Monotonic, milliseconds. */
  readonly now: number;
  readonly totals: GateTotals;
}

/** What a gate did between two readings, per second. Counters that fell back, as where a process was lost, count as nothing. */
export function sampleBetween(before: Reading, after: Reading): GateSample {
  // Two readings in the same millisecond are no second.
  const seconds = Math.max(0.001, (after.now - before.now) / 1000);
  const rate = (from: number, to: number): number => round(Math.max(0, to - from) / seconds);
  const perRoute: Record<string, RouteSample> = {};
  let connections = 0;
  for (const [route, to] of Object.entries(after.totals.routes)) {
    const from = before.totals.routes[route];
    connections += to.connections;
    perRoute[route] = {
      connections: to.connections,
      messagesIn: rate(from?.messagesIn ?? 0, to.messagesIn),
      messagesOut: rate(from?.messagesOut ?? 0, to.messagesOut),
      bytesIn: rate(from?.bytesIn ?? 0, to.bytesIn),
      bytesOut: rate(from?.bytesOut ?? 0, to.bytesOut),
    };
  }
  const refusals = Object.entries(after.totals.refusals).flatMap(([guard, count]) => {
    const refused = rate(before.totals.refusals[guard] ?? 0, count);
    return refused === 0 ? [] : [[guard, refused] as const];
  });
  const { latency } = after.totals;
  const took = latency.map((count, index) => Math.max(0, count - (before.totals.latency[index] ?? 0)));
  const [p50, p99] = [percentile(took, 0.5), percentile(took, 0.99)];
  return {
    at: after.at,
    seconds: round(seconds),
    connections,
    perRoute,
    handshakes: rate(before.totals.handshakes, after.totals.handshakes),
    refusals: Object.fromEntries(refusals),
    latencyAddedMs: p50 === null || p99 === null ? null : { p50: round(p50), p99: round(p99) },
    cpu: rate(before.totals.cpuMs / 1000, after.totals.cpuMs / 1000),
    memory: after.totals.memory,
    loopDelayMs: round(after.totals.loopDelayMs),
  };
}

/** To a thousandth: it is read by people, and sent each second. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
