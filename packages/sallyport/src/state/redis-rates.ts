import { DebtBucket } from "../guards/debt-bucket.ts";
import type { Rate, Spend } from "../guards/quotas.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { redisScript } from "./redis-script.ts";

/** What rates need of their surroundings. */
export interface RedisRatesOptions {
  readonly connection: Pick<RedisConnection, "run" | "status" | "after" | "about" | "key">;
  /** How many nodes share a rate while the engine cannot be asked: as many as were last known. */
  readonly nodes: () => number;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
}

/**
 * How soon leases are asked for, milliseconds, those of all keys in one script: where there is enough for a while, where little is left, and where
 * somebody has none. The last is also how far calls are apart at least, and how long who has none waits for an answer.
 */
const ASK_WITHIN_MS = { "some time": 1000, next: 100, soon: 10 } as const;
/** An answer that is not there by then is not waited for, milliseconds: the node goes on with its own share. */
const LATE_MS = 100;
/** Of a burst, what a node holds for itself at most. */
const LEASES_PER_BURST = 4;
/** Of a burst, what a node lets through before it has a lease. */
const CREDITS_PER_BURST = 16;
/** Keys that a node follows at a time, of all guards, some 300 bytes each; the one that nobody asked for longest is forgotten first. */
const MAX_KEYS = 65_536;
/** Keys of one call. Some 4 µs each in the engine, which does nothing else meanwhile. */
const MAX_BATCH = 500;
/** A debt is remembered for so long at most, milliseconds: whatever was written into the engine, nobody waits longer. */
const MAX_DEBT_MS = 60_000;

/**
 * For each key: what was taken without a lease (it is charged, whether there is any or not), what is wanted, tokens a millisecond,
 * burst. Answers, for each, what is given and the milliseconds until its debt is paid. One number is kept of a key: when its
 * bucket will be full again, by the engine's clock (a generic cell rate); a key that is full is gone.
 */
const lease = redisScript(
  "lease",
  `local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local answer = {}
for i, key in ipairs(KEYS) do
  local a = (i - 1) * 4
  local charged, wanted = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  local perMs, burst = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4])
  local found = redis.pcall('GET', key)
  local full = type(found) == 'string' and tonumber(found) or now
  if not (full >= now) then full = now end
  full = math.min(full + charged / perMs, now + burst / perMs + ${MAX_DEBT_MS})
  local tokens = burst - (full - now) * perMs
  local given = math.max(0, math.min(wanted, math.floor(tokens + 1e-6)))
  full = full + given / perMs
  if full > now then redis.call('SET', key, string.format('%.3f', full), 'PX', math.ceil(full - now) + 1) end
  answer[#answer + 1] = given
  answer[#answer + 1] = math.ceil(math.max(0, -tokens) / perMs)
end
return answer`,
);

/**
 * Rates that all nodes share, without a message that waits for the engine. A node takes tokens from the engine in chunks, a quarter
 * of the burst at a time, and asks for more when half of that is gone; all keys that need some are asked for in one call: once a second,
 * within 100 ms where three quarters are gone, and within 10 ms where one has run out. Until an answer is there a sixteenth of the burst (one at least) may be taken
 * on credit, which is charged afterwards; beyond that who takes is held for 10 ms at a time.
 *
 * **The bound.** With rate r, burst b, N nodes and C connections of the key on each, in any time t all nodes together let through at most
 *
 *     b + r·t + N·(b/4 + 2·(b/16 + C))
 *
 * messages: each node may hold a lease of b/4 from before, and may be ahead by its credit and one message of each of its connections, once
 * charged and once not yet. What is ahead is charged, so that over a long time it is the rate that holds.
 *
 * **Without the engine** each node goes on with its own share, r/N and b/N for the nodes that it last knew. The shares together are one rate and
 * one burst more, for as long as that lasts. So does it, from 100 ms on, where an answer is late; but that is charged as well, so that it is one burst
 * more, and of the rate what comes until the answer is there.
 */
export class RedisRates {
  readonly #options: RedisRatesOptions;
  /** In the order of their last use. */
  readonly #leases = new Map<string, Lease>();
  readonly #due = new Set<Lease>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking = false;
  #failed = false;
  /** When it is asked next, monotonic milliseconds, and how to take that back; `null`: nobody wants anything. */
  #planned: {
    readonly when: keyof typeof ASK_WITHIN_MS;
    readonly at: number;
    readonly stop: () => void;
  } | null = null;

  constructor(options: RedisRatesOptions) {
    this.#options = options;
  }

  /** How to take from one rate. @param name what it is in the engine: no two rates have the same */
  spender(name: string, rate: Rate): Spend {
    const known = this.#leases.get(name);
    const of = known ?? new Lease(this.#options.connection.key("rates", name), rate, this);
    this.#leases.delete(name);
    this.#leases.set(name, of);
    const [oldest] = this.#leases.size > MAX_KEYS ? this.#leases.keys() : [];
    if (oldest !== undefined) this.#leases.delete(oldest);
    if (known === undefined) this.want(of, "next");
    return (amount, now) => of.take(amount, now);
  }

  /** Whether the engine cannot be asked. */
  get away(): boolean {
    return this.#failed || !this.#options.connection.status().up;
  }

  /** Whether an answer is late. @param now monotonic milliseconds */
  late(now: number): boolean {
    return this.#asking && now - this.#askedAt > LATE_MS;
  }

  /** A share of a rate, for a node on its own. */
  share({ perSecond, burst }: Rate, now: number): DebtBucket {
    const nodes = Math.max(1, this.#options.nodes());
    return new DebtBucket(perSecond / nodes, Math.max(1, burst / nodes), now);
  }

  /** Has a lease asked for with the next call, and that made in time. */
  want(of: Lease, when: keyof typeof ASK_WITHIN_MS): void {
    this.#due.add(of);
    if (!this.#asking && this.#planned?.when !== when) this.#plan(when);
  }

  #plan(when: keyof typeof ASK_WITHIN_MS): void {
    const { connection, now } = this.#options;
    const here = now();
    const at =
      when === "soon" ? Math.max(here, this.#askedAt + ASK_WITHIN_MS.soon) : here + ASK_WITHIN_MS[when];
    if (this.#planned !== null && this.#planned.at <= at) return;
    this.#planned?.stop();
    // Once: asking takes back what is done about then.
    const [inMs, ask] = [Math.max(1, at - here), (): Promise<void> => this.ask()];
    const stop = when === "some time" ? connection.about(inMs, ask) : connection.after(inMs, ask);
    this.#planned = { when, at, stop };
  }

  /** Asks for what is due. Never rejects. */
  async ask(): Promise<void> {
    this.#planned?.stop();
    this.#planned = null;
    if (this.#asking || this.#due.size === 0) return;
    const leases = [...this.#due].slice(0, MAX_BATCH);
    for (const of of leases) this.#due.delete(of);
    const { connection, now } = this.#options;
    this.#asking = true;
    this.#askedAt = now();
    const asked = leases.map((of) => of.request());
    try {
      const answer = await connection.run(
        lease,
        leases.map((of) => of.key),
        asked.flatMap(({ charged, wanted }, index) => [charged, wanted, ...(leases[index]?.terms ?? [])]),
      );
      const numbers = Array.isArray(answer) ? answer.map(Number) : [];
      const at = now();
      for (const [index, of] of leases.entries())
        of.answered(asked[index], {
          given: numbers[2 * index] ?? 0,
          waitMs: numbers[2 * index + 1] ?? 0,
          now: at,
        });
      this.#failed = false;
    } catch {
      // Told by the connection's status. Whoever takes asks again.
      this.#failed = true;
    } finally {
      this.#asking = false;
    }
    for (const of of this.#due) this.want(of, this.#failed ? "next" : of.urgency);
  }
}

/** What a node asks for one key. */
interface LeaseRequest {
  readonly charged: number;
  readonly wanted: number;
}

/** What the engine answers. */
interface LeaseAnswer {
  readonly given: number;
  readonly waitMs: number;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** What this node has of one rate. */
class Lease {
  readonly key: string;
  /** Tokens a millisecond, and the burst, as the script wants them. */
  readonly terms: readonly number[];
  readonly #rate: Rate;
  readonly #rates: RedisRates;
  readonly #chunk: number;
  readonly #credit: number;
  /** Below zero: taken on credit, and not charged yet. */
  #tokens = 0;
  /** Until when the key is in debt, monotonic milliseconds. */
  #paidAt = 0;
  #share: DebtBucket | null = null;

  constructor(key: string, rate: Rate, rates: RedisRates) {
    this.key = key;
    this.#rate = rate;
    this.#rates = rates;
    this.terms = [rate.perSecond / 1000, rate.burst];
    this.#chunk = Math.max(1, Math.floor(rate.burst / LEASES_PER_BURST));
    this.#credit = Math.max(1, Math.floor(rate.burst / CREDITS_PER_BURST));
  }

  /** How soon more is needed. */
  get urgency(): keyof typeof ASK_WITHIN_MS {
    if (this.#tokens < 0) return "soon";
    return this.#tokens < this.#chunk / 4 ? "next" : "some time";
  }

  take(amount: number, now: number): number {
    const { away } = this.#rates;
    if (away || this.#rates.late(now)) {
      // Of an engine that is only late each of its answers would else bring a lease on top of the share.
      if (!away) this.#tokens -= amount;
      this.#rates.want(this, "next");
      this.#share ??= this.#rates.share(this.#rate, now);
      return this.#share.take(amount, now);
    }
    this.#tokens -= amount;
    const inDebt = now < this.#paidAt;
    // While it is in debt there is nothing to be had.
    if (this.#tokens < this.#chunk / 2 && !inDebt) this.#rates.want(this, this.urgency);
    if (this.#tokens >= 0) return 0;
    if (inDebt) return this.#paidAt - now + (-this.#tokens / this.#rate.perSecond) * 1000;
    return -this.#tokens > this.#credit ? ASK_WITHIN_MS.soon : 0;
  }

  request(): LeaseRequest {
    const charged = Math.max(0, -this.#tokens);
    return { charged, wanted: Math.max(0, this.#chunk - Math.max(0, this.#tokens)) };
  }

  /** An answer that makes no sense gives nothing. */
  answered(request: LeaseRequest | undefined, { given, waitMs, now }: LeaseAnswer): void {
    if (request === undefined || !Number.isFinite(given) || !Number.isFinite(waitMs)) return;
    this.#tokens += request.charged + Math.min(Math.max(0, given), request.wanted);
    this.#paidAt = now + Math.max(0, waitMs);
  }
}
