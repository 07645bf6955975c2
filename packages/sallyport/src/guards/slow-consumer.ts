import { z } from "zod";
import type { ConnectionView } from "./connection-view.ts";
import type { ConnectionGuard, Guard, GuardDefinition, Mode, TimerVerdict } from "./guard.ts";
import { aboveZero, mode, size } from "../quantity.ts";

/** Options of `slowConsumer`. `bytes` in bytes, `after` in milliseconds. */
export interface SlowConsumerOptions {
  readonly bytes: number;
  readonly after: number;
  readonly policy: "close" | "drop";
  readonly mode: Mode;
}

const options: z.ZodType<SlowConsumerOptions> = z
  .strictObject({
    bytes: size
      .prefault("4MiB")
      .describe("Bytes that may wait for the client when another message is to be added."),
    after: aboveZero.prefault("30s").describe("How long bytes may wait for a peer that takes none of them."),
    policy: z
      .enum(["close", "drop"])
      .default("close")
      .describe(
        "`close` ends the connection with 1013; `drop` loses further messages to this client, and counts them.",
      ),
    mode,
  })
  .prefault({});

/**
 * Bounds what waits for a peer that does not read. Back-pressure comes first: while bytes wait for one side nothing is
 * read from the other; this guard ends what back-pressure alone would keep for ever.
 */
export const slowConsumer: GuardDefinition<SlowConsumerOptions> = {
  name: "slowConsumer",
  phases: ["timer"],
  stops: "Peers that do not read, and the memory that waits for them.",
  options,
  fromOptionsAlone: true,
  create(chosen): Guard {
    // It keeps nothing of a connection, so that all have the same part.
    const part: ConnectionGuard = { tick: (now, view) => tick(now, view, chosen) };
    return {
      name: "slowConsumer",
      mode: chosen.mode,
      rewrites: { outbound: chosen.policy === "drop" },
      waiting: { policy: chosen.policy, maxBytes: chosen.bytes },
      open: () => part,
    };
  },
};

function tick(now: number, view: ConnectionView, { after, policy }: SlowConsumerOptions): TimerVerdict {
  const client = policy === "close" ? view.waitingSince : null;
  const since = Math.min(
    client ?? Number.POSITIVE_INFINITY,
    view.applicationWaitingSince ?? Number.POSITIVE_INFINITY,
  );
  if (now - since < after) return { verdict: "wait", untilMs: since + after };
  const who = since === client ? `the client (${view.waitingBytes} bytes)` : "the application";
  return {
    verdict: "close",
    code: "slowConsumer.after",
    detail: `bytes have waited ${Math.round((now - since) / 1000)} s for ${who}`,
  };
}
