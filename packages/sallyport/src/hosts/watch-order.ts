import type { ErrorCode } from "../errors.ts";
import { createAddressTable, parseRange } from "../guards/address-table.ts";
import type { OpenSession } from "./gate.ts";
import { matcherOf, type SessionFilter } from "./open-sessions.ts";

/** Who is left alone, whatever is ordered. */
export interface Spared {
  /** Addresses and CIDR ranges. */
  readonly allow: readonly string[];
  /** Users, by their ids. */
  readonly users: readonly string[];
}

/** Which open connections an order is about. */
export interface OrderTarget {
  readonly filter: SessionFilter;
  readonly spare: Spared;
}

/** To hold connections to a rate, those that open later, too. */
export interface SlowOrder {
  readonly kind: "slow";
  /** The finding that it answers. */
  readonly incident: string;
  readonly target: OrderTarget;
  /** Messages a second. */
  readonly perSecond: number;
  /** Wall clock, milliseconds since the epoch. */
  readonly until: number;
}

/** What the watch has done to open connections, in every process of a gate. Plain data. */
export type WatchOrder =
  | {
      readonly kind: "close";
      readonly incident: string;
      readonly target: OrderTarget;
      readonly code: ErrorCode;
      /** For the operator. */
      readonly detail: string;
    }
  | { readonly kind: "refresh"; readonly incident: string; readonly target: OrderTarget }
  | SlowOrder
  /** Takes back what was ordered for this finding, as far as it has not happened yet. */
  | { readonly kind: "lift"; readonly incident: string };

/** What came of an order, in connections. */
export interface OrderDone {
  /** To which it was done. */
  readonly reached: number;
  /** That it ended. */
  readonly closed: number;
  /** To which it cannot be done. */
  readonly unable: number;
}

/** Nobody was there. */
export const nothingDone: OrderDone = { reached: 0, closed: 0, unable: 0 };

/** The order by which an operator demands a fresh credential. */
export function demandOf(filter: SessionFilter): WatchOrder {
  return { kind: "refresh", incident: "by hand", target: { filter, spare: { allow: [], users: [] } } };
}

/** What came of an order in several processes. */
export function sumDone(parts: readonly OrderDone[]): OrderDone {
  return parts.reduce(
    (sum, part) => ({
      reached: sum.reached + part.reached,
      closed: sum.closed + part.closed,
      unable: sum.unable + part.unable,
    }),
    nothingDone,
  );
}

/** What makes of the slow-downs that a process was given those that are in force now. */
export function missedOrders(given: readonly SlowOrder[], now: readonly SlowOrder[]): readonly WatchOrder[] {
  const had = new Set(given.map(({ incident }) => incident));
  const has = new Set(now.map(({ incident }) => incident));
  return [
    ...now.filter(({ incident }) => !had.has(incident)),
    ...given
      .filter(({ incident }) => !has.has(incident))
      .map(({ incident }) => ({ kind: "lift", incident }) as const),
  ];
}

/** Whether an order is about a connection. */
export function targetMatcher({ filter, spare }: OrderTarget): (open: OpenSession) => boolean {
  const meant = matcherOf(filter);
  const allowed = createAddressTable(spare.allow.filter((range) => parseRange(range).ok));
  const users = new Set(spare.users);
  return (open) => {
    const { address, identity } = open.facts;
    return (
      meant(open) && allowed.find(address) === null && !(identity.user !== null && users.has(identity.user))
    );
  };
}
