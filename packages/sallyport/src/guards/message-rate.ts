import { z } from "zod";
import type {
  ConnectionFacts,
  ConnectionGuard,
  Guard,
  GuardDefinition,
  Message,
  MessageVerdict,
  Mode,
} from "./guard.ts";
import { pass } from "./guard.ts";
import { byteRate, mode, rate } from "./quantity.ts";
import { DebtBucket } from "./debt-bucket.ts";
import type { Quotas, Spend } from "./quotas.ts";

/** Options of `messageRate`. Rates per second; `burst` in messages; `null`: no limit. */
export interface MessageRateOptions {
  readonly perConnection: number;
  readonly burst: number | null;
  readonly perUser: number | null;
  readonly bytesPerConnection: number;
  readonly mode: Mode;
}

/** Debt that lasts this long closes the connection with 4429: the peer does not slow down. */
const MAX_DEBT_MS = 10_000;
/** A peer that sends nothing for this long after its debt is paid has slowed down: its next debt is a new one. */
const QUIET_MS = 1000;
/** Buckets hold at least one message, so that a rate such as 10/m lets single messages pass. */
const LEAST_BURST = 1;
/**
 * What comes this soon after the peer was heard again has waited itself: a client that floods is let go on late each time
 * (timers go by steps, and a busy machine is later), earns messages by that, and is still the same flood.
 */
const SAME_FLOOD_MS = 250;

const options: z.ZodType<MessageRateOptions> = z
  .strictObject({
    perConnection: rate
      .prefault("200/s")
      .describe("Messages a client may send, pings and pongs included, per connection."),
    burst: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe("Messages that may come at once; twice a second's worth when left out."),
    perUser: rate
      .nullable()
      .default(null)
      .describe(
        "Messages a user may send over all connections of this route; anonymous callers have no such limit.",
      ),
    bytesPerConnection: byteRate
      .prefault("8MiB/s")
      .describe(
        "Payload bytes a client may send, per connection; of compressed messages what they inflate to.",
      ),
    mode,
  })
  .prefault({});

/**
 * Limits how fast a client may send. Over the rate the gate stops reading from it, so that a burst is slowed and not lost;
 * a client that stays over it for ten seconds is closed (4429).
 */
export const messageRate: GuardDefinition<MessageRateOptions> = {
  name: "messageRate",
  phases: ["message"],
  stops: "Floods of messages, pings or bytes from one connection or one user.",
  options,
  create(chosen, { quotas }): Guard {
    return {
      name: "messageRate",
      mode: chosen.mode,
      reads: { inbound: "size" },
      controlFrames: true,
      open: (facts) => openConnection(chosen, facts, spendOfUser(quotas, chosen, facts)),
    };
  },
};

function spendOfUser(quotas: Quotas, { perUser }: MessageRateOptions, facts: ConnectionFacts): Spend | null {
  const { user, issuer } = facts.identity;
  if (perUser === null || user === null) return null;
  const rateOfUser = { key: JSON.stringify([issuer, user]), perSecond: perUser, burst: burstOf(perUser) };
  return quotas.spender(rateOfUser, facts.now);
}

function openConnection(
  chosen: MessageRateOptions,
  facts: ConnectionFacts,
  user: Spend | null,
): ConnectionGuard {
  const messages = new DebtBucket(
    chosen.perConnection,
    chosen.burst ?? burstOf(chosen.perConnection),
    facts.now,
  );
  const bytes = new DebtBucket(chosen.bytesPerConnection, chosen.bytesPerConnection, facts.now);
  let debtSince: number | null = null;
  // From when on the peer's silence is its own: until then it was not read, and what it sends may have waited.
  let freeAt = 0;
  return {
    heard(now: number): void {
      freeAt = Math.max(freeAt, now);
    },
    message(message: Message, now: number): MessageVerdict {
      const forMessages = messages.take(1, now);
      const forBytes = bytes.take(message.size, now);
      const forUser = user?.(1, now) ?? 0;
      const waitMs = Math.max(forMessages, forBytes, forUser);
      if (waitMs === 0) {
        if (now - freeAt > SAME_FLOOD_MS) debtSince = null;
        return pass;
      }
      if (now - freeAt >= QUIET_MS) debtSince = null;
      debtSince ??= now;
      freeAt = now + waitMs;
      if (now - debtSince < MAX_DEBT_MS) return { verdict: "hold", untilMs: freeAt };
      debtSince = null;
      const code =
        waitMs === forMessages
          ? "messageRate.messages"
          : waitMs === forBytes
            ? "messageRate.bytes"
            : "messageRate.user";
      return {
        verdict: "close",
        code,
        detail: `over the rate for ${MAX_DEBT_MS / 1000} s; the limit is ${limitText(code, chosen)}`,
      };
    },
  };
}

/** Twice a second's worth. */
function burstOf(perSecond: number): number {
  return Math.max(LEAST_BURST, perSecond * 2);
}

function limitText(code: string, chosen: MessageRateOptions): string {
  if (code === "messageRate.bytes") return `${chosen.bytesPerConnection} bytes/s`;
  return `${code === "messageRate.user" ? chosen.perUser : chosen.perConnection} messages/s`;
}
