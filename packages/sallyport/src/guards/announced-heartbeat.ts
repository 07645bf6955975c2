import { z } from "zod";
import { aboveZero } from "../quantity.ts";

/** A heartbeat of the application's own, as the answer to a ticket request tells the client: pages see no pings (RFC 6455 5.5.2). */
export interface AnnouncedHeartbeat {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly message?: string;
  readonly answer?: string;
}

const text = z.string().min(1).max(1024);

/** How it is written; absent: none is announced. */
export const announcedHeartbeat: z.ZodType<AnnouncedHeartbeat | null> = z
  .strictObject({
    interval: aboveZero
      .refine((ms) => ms >= 1000, { error: "expected at least 1s" })
      .prefault("30s")
      .describe("Silence of the application after which the client asks for a sign of life."),
    timeout: aboveZero.prefault("10s").describe("How long the client then waits before it connects anew."),
    message: text
      .optional()
      .describe(
        "What the client sends. Without it the application must speak by itself within `interval` and `timeout`.",
      ),
    answer: text.optional().describe("What the application answers, which the client then shows to nobody."),
  })
  .transform(({ interval, timeout, message, answer }): AnnouncedHeartbeat => ({
    intervalMs: interval,
    timeoutMs: timeout,
    ...(message !== undefined && { message }),
    ...(answer !== undefined && { answer }),
  }))
  .nullable()
  .default(null)
  .describe("A heartbeat of the application's own, announced to clients beside the ticket. Default: none.");
