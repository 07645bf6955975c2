import { z } from "zod";
import type { ErrorCode } from "../errors.ts";
import type {
  ConnectionFacts,
  ConnectionGuard,
  Guard,
  GuardDefinition,
  Message,
  MessageVerdict,
  Mode,
  Refresh,
} from "./guard.ts";
import { pass } from "./guard.ts";
import { byteRate, mode, rate } from "../quantity.ts";
import { DebtBucket } from "./debt-bucket.ts";
import {
  compileRateRules,
  ConnectionRateRules,
  rateRules,
  type RateRule,
  type RateRuleDebt,
} from "./message-rate-rules.ts";
import type { Quotas, Spend } from "./quotas.ts";

/** Options of `messageRate`. Rates per second; `burst` in messages; `null`: no limit. */
export interface MessageRateOptions {
  readonly perConnection: number;
  readonly burst: number | null;
  readonly perUser: number | null;
  readonly bytesPerConnection: number;
  readonly rules: readonly RateRule[];
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
    rules: rateRules.default([]),
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
  create(chosen, { quotas, speaks, count, route }): Guard {
    const limited = (): void => count?.(route, { what: "rateLimited", how: chosen.mode });
    const rules = compileRateRules(chosen.rules, speaks);
    const rulesOf = (facts: ConnectionFacts): ConnectionRateRules | null =>
      rules.length === 0 ? null : new ConnectionRateRules(rules, facts, speaks !== undefined);
    return {
      name: "messageRate",
      mode: chosen.mode,
      reads: { inbound: rules.length === 0 ? "size" : "json" },
      controlFrames: true,
      open: (facts) =>
        new Rated(chosen, facts, {
          user: spendOfUser(quotas, chosen, facts),
          rules: rulesOf(facts),
          limited,
        }),
    };
  },
};

/** What limits one connection beside its own two rates, and what counts that it was limited. */
interface OtherLimits {
  readonly user: Spend | null;
  readonly rules: ConnectionRateRules | null;
  readonly limited: () => void;
}

function spendOfUser(quotas: Quotas, { perUser }: MessageRateOptions, facts: ConnectionFacts): Spend | null {
  const { user, issuer } = facts.identity;
  if (perUser === null || user === null) return null;
  const rateOfUser = { key: JSON.stringify([issuer, user]), perSecond: perUser, burst: burstOf(perUser) };
  return quotas.spender(rateOfUser, facts.now);
}

/** A connection's messages and bytes. Small until the first message, since many an open connection sends none. */
class Rated implements ConnectionGuard {
  readonly #chosen: MessageRateOptions;
  readonly #openedAt: number;
  readonly #others: OtherLimits;
  #messages: DebtBucket | null = null;
  #bytes: DebtBucket | null = null;
  #debtSince: number | null = null;
  /** Its messages are held to another rate than its own: then its debt only holds it. */
  #slowed = false;
  /** From when on the peer's silence is its own: until then it was not read, and what it sends may have waited. */
  #freeAt = 0;

  constructor(chosen: MessageRateOptions, { now }: ConnectionFacts, others: OtherLimits) {
    this.#chosen = chosen;
    this.#openedAt = now;
    this.#others = others;
  }

  refreshed({ identity }: Refresh): void {
    this.#others.rules?.refreshed(identity);
  }

  slowed(perSecond: number | null, now: number): void {
    this.#slowed = perSecond !== null;
    this.#messages = perSecond === null ? null : new DebtBucket(perSecond, LEAST_BURST, now);
    this.#debtSince = null;
  }

  heard(now: number): void {
    this.#freeAt = Math.max(this.#freeAt, now);
  }

  message(message: Message, now: number): MessageVerdict {
    const { user, rules } = this.#others;
    const { perConnection, burst, bytesPerConnection } = this.#chosen;
    this.#messages ??= new DebtBucket(perConnection, burst ?? burstOf(perConnection), this.#openedAt);
    this.#bytes ??= new DebtBucket(bytesPerConnection, bytesPerConnection, this.#openedAt);
    const forMessages = this.#messages.take(1, now);
    const forBytes = this.#bytes.take(message.size, now);
    const forUser = user?.(1, now) ?? 0;
    const forRules = rules === null || !isData(message) ? NO_DEBT : rules.count(message, now);
    const waitMs = Math.max(forMessages, forBytes, forUser, forRules.waitMs);
    if (waitMs === 0) {
      if (now - this.#freeAt > SAME_FLOOD_MS) this.#debtSince = null;
      return pass;
    }
    if (now - this.#freeAt >= QUIET_MS) this.#debtSince = null;
    this.#debtSince ??= now;
    this.#freeAt = now + waitMs;
    // Somebody else wants this one slower than it may be: that is no fault of its own.
    if (this.#slowed && waitMs === forMessages) this.#debtSince = now;
    this.#others.limited();
    if (now - this.#debtSince < MAX_DEBT_MS) return { verdict: "hold", untilMs: this.#freeAt };
    this.#debtSince = null;
    const over = limitOver(this.#chosen, { waitMs, forMessages, forBytes, forRules });
    const detail = `over the rate for ${MAX_DEBT_MS / 1000} s; the limit is ${over.limit}`;
    return { verdict: "close", code: over.code, detail };
  }
}

/** How long each limit wants a peer to wait, milliseconds, and the longest of all. */
interface Waits {
  readonly waitMs: number;
  readonly forMessages: number;
  readonly forBytes: number;
  readonly forRules: RateRuleDebt;
}

/** Which limit a peer was over: the one that it would wait longest for. */
function limitOver(
  { perConnection, bytesPerConnection, perUser }: MessageRateOptions,
  { waitMs, forMessages, forBytes, forRules: { waitMs: forRules, rule } }: Waits,
): { readonly code: ErrorCode; readonly limit: string } {
  if (waitMs === forMessages) return { code: "messageRate.messages", limit: `${perConnection} messages/s` };
  if (waitMs === forBytes) return { code: "messageRate.bytes", limit: `${bytesPerConnection} bytes/s` };
  if (rule === null || waitMs > forRules) return { code: "messageRate.user", limit: `${perUser} messages/s` };
  return { code: "messageRate.rule", limit: `${rule.perSecond} messages/s of ${rule.label}` };
}

const NO_DEBT: RateRuleDebt = { waitMs: 0, rule: null };

/** Pings and pongs say nothing that a rule could read. */
function isData({ opcode }: Message): boolean {
  return opcode < 8;
}

/** Twice a second's worth. */
function burstOf(perSecond: number): number {
  return Math.max(LEAST_BURST, perSecond * 2);
}
