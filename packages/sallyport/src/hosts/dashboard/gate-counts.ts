import type { SallyportEvent } from "../../events.ts";
import type { Gate } from "../gate.ts";
import type { RouteTraffic } from "../route-traffic.ts";
import type { GateTotals, RouteTotals } from "./gate-totals.ts";
import { LatencyBuckets } from "./latency-buckets.ts";

/**
 * Counts for the dashboard what a process of a gate does: of each event a number or two, of messages nothing. What open connections carried is
 * asked when the totals are.
 */
export class GateCounts {
  readonly #traffic: RouteTraffic;
  readonly #latency = new LatencyBuckets();
  readonly #refusals = new Map<string, number>();
  #handshakes = 0;
  #lateMs = 0;

  /** @param traffic what routes have carried, which others count */
  constructor(traffic: RouteTraffic) {
    this.#traffic = traffic;
  }

  /** Counts an event. What is only observed or reported was no refusal. */
  take(event: SallyportEvent): void {
    if (event.type === "open") this.#handshakes += 1;
    if (event.type === "handshake" && event.verdict === "refuse") {
      this.#handshakes += 1;
      this.#refused(event.guard);
    }
    if (event.type === "decision" && (event.verdict === "close" || event.verdict === "drop"))
      this.#refused(event.guard);
  }

  /** What the gate read at once took so long, until it was handed on. */
  took(ms: number): void {
    this.#latency.take(ms);
  }

  /** A timer was called so much later than asked for. */
  late(seconds: number): void {
    this.#lateMs = Math.max(this.#lateMs, seconds * 1000);
  }

  /** What was counted so far, and what is open now. */
  totals(gate: Gate | null): GateTotals {
    const loopDelayMs = this.#lateMs;
    this.#lateMs = 0;
    const { user, system } = process.cpuUsage();
    return {
      routes: this.#routes(gate),
      handshakes: this.#handshakes,
      refusals: Object.fromEntries(this.#refusals),
      latency: this.#latency.counts(),
      cpuMs: (user + system) / 1000,
      memory: process.memoryUsage.rss(),
      loopDelayMs,
    };
  }

  #routes(gate: Gate | null): Readonly<Record<string, RouteTotals>> {
    const open = new Map<string, number>((gate?.policy.routes ?? []).map(({ id }) => [id, 0]));
    for (const { route } of gate?.sessions.values() ?? []) open.set(route, (open.get(route) ?? 0) + 1);
    const carried = this.#traffic.now(gate);
    const labels = new Set([...open.keys(), ...carried.keys()]);
    return Object.fromEntries(
      [...labels].map((route) => {
        const { inbound, outbound } = carried.get(route) ?? NOTHING;
        return [
          route,
          {
            connections: open.get(route) ?? 0,
            messagesIn: inbound.messages,
            messagesOut: outbound.messages,
            bytesIn: inbound.bytes,
            bytesOut: outbound.bytes,
          },
        ] as const;
      }),
    );
  }

  #refused(guard: string): void {
    this.#refusals.set(guard, (this.#refusals.get(guard) ?? 0) + 1);
  }
}

const NO_LANE = { messages: 0, bytes: 0 };
const NOTHING = { inbound: NO_LANE, outbound: NO_LANE };
