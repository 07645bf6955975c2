import type { ClosedEvent, Direction, LaneCounts } from "../events.ts";
import type { Gate } from "./gate.ts";

interface Totals {
  messages: number;
  bytes: number;
}

/** What a route has carried so far. */
export type RouteCarried = Readonly<Record<Direction, LaneCounts>>;

const DIRECTIONS: readonly Direction[] = ["inbound", "outbound"];

/** What the routes of a gate have carried: connections that have closed are kept here, and open ones are asked when somebody wants to know. */
export class RouteTraffic {
  readonly #closed = new Map<string, Record<Direction, Totals>>();

  /** A connection has closed. */
  take(event: ClosedEvent): void {
    add(this.#closed, event.route, event);
  }

  /** By the route's label. Asks every open connection. */
  now(gate: Pick<Gate, "sessions"> | null): ReadonlyMap<string, RouteCarried> {
    const now = new Map([...this.#closed].map(([route, sums]) => [route, structuredClone(sums)]));
    for (const { route, driver } of gate?.sessions.values() ?? []) add(now, route, driver.session.counts());
    return now;
  }
}

function add(totals: Map<string, Record<Direction, Totals>>, route: string, more: RouteCarried): void {
  let sums = totals.get(route);
  if (sums === undefined) {
    sums = { inbound: { messages: 0, bytes: 0 }, outbound: { messages: 0, bytes: 0 } };
    totals.set(route, sums);
  }
  for (const direction of DIRECTIONS) {
    sums[direction].messages += more[direction].messages;
    sums[direction].bytes += more[direction].bytes;
  }
}
