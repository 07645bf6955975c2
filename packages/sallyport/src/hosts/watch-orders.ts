import type { Gate, OpenSession } from "./gate.ts";
import { closeInTurns } from "./open-sessions.ts";
import { SlowIndex, type Slowing } from "./slow-index.ts";
import {
  nothingDone,
  targetMatcher,
  type OrderDone,
  type SlowOrder,
  type WatchOrder,
} from "./watch-order.ts";

/** The gate as orders work on it. */
export type OrderedGate = Pick<Gate, "sessions" | "policy" | "now" | "wallNow">;

/** Slow-downs in force at once: each is asked about every connection that opens. */
const MAX_SLOW = 1000;
/** So long a refreshable session has where its route has no `expiry`, milliseconds. */
const DEFAULT_WINDOW_MS = 60_000;
const DEFAULT_GRACE_MS = 25_000;

/** A fresh credential that is waited for. */
interface Demand {
  readonly incident: string;
  /** Monotonic milliseconds. */
  readonly until: number;
  /** That of the credential which is no longer enough. */
  readonly stale: string | null;
}

/** Carries out what the watch orders, on the connections of one process, and keeps what lasts. */
export class WatchOrders {
  readonly #gate: OrderedGate;
  readonly #slowings = new Map<string, Slowing>();
  readonly #index = new SlowIndex();
  readonly #demands = new Map<string, Demand>();

  constructor(gate: OrderedGate) {
    this.#gate = gate;
  }

  /** Slow-downs in force. */
  get slowings(): number {
    return this.#slowings.size;
  }

  /** Sessions that a fresh credential is waited for. */
  get demands(): number {
    return this.#demands.size;
  }

  /** Does as ordered. */
  carryOut(order: WatchOrder): OrderDone | Promise<OrderDone> {
    switch (order.kind) {
      case "close":
        return this.#close(order);
      case "refresh":
        return this.#demandRefresh(order);
      case "slow":
        return this.#slow(order);
      case "lift":
        return this.#lift(order.incident);
      default:
        return order satisfies never;
    }
  }

  /** A connection has opened, or guards of another policy are in force on it. */
  opened(open: OpenSession): void {
    if (this.#slowings.size > 0) this.#holdToRate(open);
  }

  /** A proof was renewed in place. The same credential again is no fresh one. */
  refreshed({ facts, fingerprint }: OpenSession): void {
    const demand = this.#demands.get(facts.session);
    if (demand === undefined || (demand.stale !== null && demand.stale === fingerprint)) return;
    this.#demands.delete(facts.session);
  }

  /** A connection has ended. */
  closed(session: string): void {
    this.#demands.delete(session);
  }

  /** Time has come: called about every second. */
  turn(): void {
    const wallNow = this.#gate.wallNow();
    const ended = [...this.#slowings.values()].filter(({ order }) => order.until <= wallNow);
    this.#forget(ended);
    const now = this.#gate.now();
    for (const [session, { until }] of this.#demands) {
      if (now < until) continue;
      this.#demands.delete(session);
      this.#gate.sessions.get(session)?.driver.close("watch.refresh", "no fresh credential came in time");
    }
  }

  async #close({ target, code, detail }: Extract<WatchOrder, { kind: "close" }>): Promise<OrderDone> {
    const meant = this.#meant(targetMatcher(target));
    await closeInTurns(this.#gate, meant, { code, detail });
    return { ...nothingDone, reached: meant.length, closed: meant.length };
  }

  async #demandRefresh({ incident, target }: Extract<WatchOrder, { kind: "refresh" }>): Promise<OrderDone> {
    const meant = this.#meant(targetMatcher(target));
    const able = meant.filter(({ refreshHash }) => refreshHash !== null);
    for (const open of able) {
      const { session } = open.facts;
      if (this.#demands.has(session)) continue;
      const until = this.#gate.now() + this.#timeToRefresh(open);
      this.#demands.set(session, { incident, until, stale: open.fingerprint });
    }
    const others = meant.filter(({ refreshHash }) => refreshHash === null);
    const detail =
      "a fresh credential is demanded, and it was opened without a ticket: it cannot be refreshed";
    await closeInTurns(this.#gate, others, { code: "watch.refresh", detail });
    return { reached: meant.length, closed: others.length, unable: 0 };
  }

  #timeToRefresh({ route }: OpenSession): number {
    const guards = this.#gate.policy.routes.find(({ id }) => id === route)?.guards ?? [];
    const guard = guards.find(({ refreshGraceMs }) => refreshGraceMs !== undefined);
    const windowMs = guard?.refreshWindowMs?.(Number.POSITIVE_INFINITY) ?? DEFAULT_WINDOW_MS;
    return windowMs + (guard?.refreshGraceMs ?? DEFAULT_GRACE_MS);
  }

  #slow(order: SlowOrder): OrderDone {
    const isMeant = targetMatcher(order.target);
    const meant = this.#meant(isMeant);
    const isRoom = this.#slowings.size < MAX_SLOW || this.#slowings.has(order.incident);
    if (!isRoom) return { ...nothingDone, unable: Math.max(1, meant.length) };
    const before = this.#slowings.get(order.incident);
    if (before !== undefined) this.#index.delete(before);
    const slowing = { order, isMeant };
    this.#slowings.set(order.incident, slowing);
    this.#index.add(slowing);
    const slowed = meant.filter((open) => this.#holdToRate(open));
    return { reached: slowed.length, closed: 0, unable: meant.length - slowed.length };
  }

  /** Holds a connection to the least of the rates that are ordered for it, or to its own. Whether one could be. */
  #holdToRate(open: OpenSession): boolean {
    const least = this.#index.leastOf(open);
    if (least === null && !open.slowed) return false;
    open.slowed = least !== null;
    return open.driver.session.slow(least, this.#gate.now());
  }

  #lift(incident: string): OrderDone {
    const slowing = this.#slowings.get(incident);
    const slowed = this.#forget(slowing === undefined ? [] : [slowing]);
    let lifted = 0;
    for (const [session, demand] of this.#demands)
      if (demand.incident === incident && this.#demands.delete(session)) lifted += 1;
    return { ...nothingDone, reached: slowed + lifted };
  }

  /** Lets go those that slow-downs held, all in one round. How many were held by one of them. */
  #forget(over: readonly Slowing[]): number {
    if (over.length === 0) return 0;
    const gone = new SlowIndex();
    for (const slowing of over) {
      this.#slowings.delete(slowing.order.incident);
      this.#index.delete(slowing);
      gone.add(slowing);
    }
    const held = this.#meant((open) => open.slowed && gone.leastOf(open) !== null);
    for (const open of held) this.#holdToRate(open);
    return held.length;
  }

  #meant(isMeant: (open: OpenSession) => boolean): OpenSession[] {
    return [...this.#gate.sessions.values()].filter(isMeant);
  }
}
