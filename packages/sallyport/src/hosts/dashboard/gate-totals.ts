/** What one route has carried so far. */
export interface RouteTotals {
  /** Open now. */
  readonly connections: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What a gate has counted since it began. Plain data: workers send it. */
export interface GateTotals {
  /** By the route's label. */
  readonly routes: Readonly<Record<string, RouteTotals>>;
  /** Admitted and refused. */
  readonly handshakes: number;
  /** By the guard: handshakes that it refused, messages that it dropped, connections that it closed. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Readings by how long they took: see `latencyBuckets`. */
  readonly latency: readonly number[];
  /** CPU time, milliseconds. */
  readonly cpuMs: number;
  /** Resident memory, bytes. */
  readonly memory: number;
  /** The longest delay of a timer since this was asked before. */
  readonly loopDelayMs: number;
}

/** Of a gate that has done nothing yet. */
export const noTotals: GateTotals = {
  routes: {},
  handshakes: 0,
  refusals: {},
  latency: [],
  cpuMs: 0,
  memory: 0,
  loopDelayMs: 0,
};

const NO_ROUTE: RouteTotals = { connections: 0, messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };

/** Adds up what several processes have counted. */
export function addTotals(one: GateTotals, other: GateTotals): GateTotals {
  const routes: Record<string, RouteTotals> = { ...one.routes };
  for (const [route, totals] of Object.entries(other.routes))
    routes[route] = addRoutes(routes[route] ?? NO_ROUTE, totals);
  const refusals: Record<string, number> = { ...one.refusals };
  for (const [guard, count] of Object.entries(other.refusals))
    refusals[guard] = (refusals[guard] ?? 0) + count;
  const length = Math.max(one.latency.length, other.latency.length);
  return {
    routes,
    handshakes: one.handshakes + other.handshakes,
    refusals,
    latency: Array.from({ length }, (_, index) => (one.latency[index] ?? 0) + (other.latency[index] ?? 0)),
    cpuMs: one.cpuMs + other.cpuMs,
    memory: one.memory + other.memory,
    loopDelayMs: Math.max(one.loopDelayMs, other.loopDelayMs),
  };
}

/** What stays of a process that has ended: what it counted, and nothing of what it was. */
export function endedTotals(totals: GateTotals): GateTotals {
  const routes = Object.entries(totals.routes).map(
    ([route, carried]) => [route, { ...carried, connections: 0 }] as const,
  );
  return { ...totals, routes: Object.fromEntries(routes), memory: 0, loopDelayMs: 0 };
}

function addRoutes(one: RouteTotals, other: RouteTotals): RouteTotals {
  return {
    connections: one.connections + other.connections,
    messagesIn: one.messagesIn + other.messagesIn,
    messagesOut: one.messagesOut + other.messagesOut,
    bytesIn: one.bytesIn + other.bytesIn,
    bytesOut: one.bytesOut + other.bytesOut,
  };
}
