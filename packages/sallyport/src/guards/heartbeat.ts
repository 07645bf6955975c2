import { z } from "zod";
import type { ConnectionView } from "./connection-view.ts";
import type { ConnectionGuard, Guard, GuardDefinition, Mode, TimerVerdict } from "./guard.ts";
import { aboveZero, mode } from "../quantity.ts";

/** Options of `heartbeat`. Times in milliseconds; `null`: off. */
export interface HeartbeatOptions {
  readonly interval: number;
  readonly missed: number;
  readonly idle: number | null;
  readonly life: number | null;
  readonly mode: Mode;
}

const off = z.union([z.literal("off"), z.literal(false)]).transform(() => null);

const options: z.ZodType<HeartbeatOptions> = z
  .strictObject({
    interval: aboveZero
      .prefault("30s")
      .describe("Silence of the client after which it is pinged, and pinged again."),
    missed: z.int().min(1).max(100).default(2).describe("Pings in a row that may stay unanswered."),
    idle: z
      .union([off, aboveZero])
      .prefault("off")
      .describe(
        "Time without a data message in either direction after which the connection ends; `off` for never.",
      ),
    life: z
      .union([off, aboveZero])
      .prefault("24h")
      .describe("Longest life of a connection; the client is asked to connect again. `off` for no end."),
    mode,
  })
  .prefault({});

/**
 * Finds dead peers, idle and over-aged connections. Pings only after silence, never while a ping of the application waits
 * for its pong: a peer may answer only the latest ping (RFC 6455 5.5.3), so ours must not cost the application its own.
 */
export const heartbeat: GuardDefinition<HeartbeatOptions> = {
  name: "heartbeat",
  phases: ["timer"],
  stops: "Dead peers that hold a connection, idle connections, and connections without end.",
  options,
  fromOptionsAlone: true,
  create(chosen): Guard {
    // It keeps nothing of a connection, so that all have the same part.
    const part: ConnectionGuard = { tick: (now, view) => tick(now, view, chosen) };
    return { name: "heartbeat", mode: chosen.mode, open: () => part };
  },
};

function tick(now: number, view: ConnectionView, chosen: HeartbeatOptions): TimerVerdict {
  const { interval, missed, idle, life } = chosen;
  if (life !== null && now - view.openedAt >= life) {
    return { verdict: "close", code: "heartbeat.life", detail: `open for ${seconds(now - view.openedAt)}` };
  }
  if (idle !== null && now - view.lastMessageAt >= idle) {
    return {
      verdict: "close",
      code: "heartbeat.idle",
      detail: `no message for ${seconds(now - view.lastMessageAt)}`,
    };
  }
  const silence = now - view.lastInboundAt;
  const ends = Math.min(
    life === null ? Number.POSITIVE_INFINITY : view.openedAt + life,
    idle === null ? Number.POSITIVE_INFINITY : view.lastMessageAt + idle,
  );
  if (silence < interval) return { verdict: "wait", untilMs: Math.min(ends, view.lastInboundAt + interval) };
  const unanswered = view.unansweredPings >= missed || view.relayedPingOutstanding;
  if (unanswered && silence >= interval * (missed + 1)) {
    return {
      verdict: "close",
      code: "heartbeat.missed",
      detail: `silent for ${seconds(silence)}, ${view.unansweredPings} pings unanswered`,
    };
  }
  const untilMs = Math.min(ends, now + interval);
  return view.relayedPingOutstanding ? { verdict: "wait", untilMs } : { verdict: "ping", untilMs };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
