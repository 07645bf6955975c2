import type { ClosedEvent, LaneCounts, SallyportEvent } from "../events.ts";
import type { ConnectionFacts } from "../guards/guard.ts";
import type { Route } from "../policy/policy.ts";
import type { Claim } from "../session/admission.ts";
import type { WatchSignal } from "../watch/signal.ts";
import type { Gate, OpenSession, ToldTraffic } from "./gate.ts";
import { RouteNames, SessionNames } from "./session-names.ts";
import type { OrderDone, WatchOrder } from "./watch-order.ts";
import { nothingDone } from "./watch-order.ts";
import { WatchOrders } from "./watch-orders.ts";

/** A slice of the open connections is looked at so often, milliseconds; all of them in `SLICES` slices. */
const SLICE_MS = 100;
const SLICES = 100;
/** Where there are few, each comes up oftener than every ten seconds: one of which was told so recently is passed over, milliseconds. */
const LEAST_SPAN_MS = 9000;
/** Orders are looked at every so many slices. */
const ORDERS_EVERY = 10;

const NO_TRAFFIC: LaneCounts = { messages: 0, bytes: 0 };

/** Takes what the watch is to know. Must not throw and must not wait. */
export type TakeSignal = (signal: WatchSignal) => void;

/**
 * The watch's post in one process of a gate: tells it of what happens here, beside events what open connections carry, how their
 * messages are called and which credential opened them; and does to them what it orders.
 */
export class WatchPost {
  /** Whether anybody wants to know. */
  active: boolean;
  readonly #take: TakeSignal;
  readonly #names = new RouteNames();
  #gate: Gate | null = null;
  #orders: WatchOrders | null = null;
  #timer: NodeJS.Timeout | undefined;
  #round: Iterator<OpenSession> | null = null;
  /** Of the round: connections that were open when it began come first, and no more are looked at. */
  #roundLeft = 0;
  #slice = 0;

  constructor(take: TakeSignal, active: boolean) {
    this.#take = take;
    this.active = active;
  }

  /** The gate is there. */
  begin(gate: Gate): void {
    this.#gate = gate;
    this.#orders = new WatchOrders(gate);
    this.#timer = setInterval(() => this.look(), SLICE_MS).unref();
  }

  /** The gate has ended. */
  end(): void {
    clearInterval(this.#timer);
  }

  /** Takes an event. The watch is not told of its own findings, nor of what comes of its answers. */
  take(event: SallyportEvent): void {
    if (event.type === "closed") this.#closed(event);
    if (!this.active || isOfTheWatch(event)) return;
    this.#take(event);
  }

  /** Who is told how the messages of a connection that opens are called; `null`: nobody wants to know, or nobody can say. */
  namesOf(route: Pick<Route, "id" | "guards">, facts: ConnectionFacts): SessionNames | null {
    const gate = this.#gate;
    const isNamed = route.guards.some(({ speaks }) => speaks !== undefined);
    if (!this.active || !isNamed || gate === null) return null;
    const { session, address, identity } = facts;
    const onNew: ConstructorParameters<typeof SessionNames>[2]["onNew"] = (direction, name) => {
      const label = gate.sessions.get(session)?.route ?? route.id;
      if (this.active)
        this.#take({ type: "name", session, route: label, address, user: identity.user, direction, name });
    };
    return new SessionNames(this.#names, route.id, { now: gate.now, onNew });
  }

  /** A credential was not valid, and its event is about to be told. */
  claimed(claim: Claim): void {
    if (this.active) this.#take({ type: "claim", ...claim });
  }

  /** A connection has opened, and its event was told. */
  opened(open: OpenSession): void {
    this.#tellCredential(open);
    this.#orders?.opened(open);
  }

  /** A proof was renewed, and its event was told. */
  refreshed(open: OpenSession): void {
    this.#tellCredential(open);
    this.#orders?.refreshed(open);
  }

  /** Guards of another policy are in force on a connection. */
  rebound(open: OpenSession): void {
    open.names?.follow(open.route);
    this.#orders?.opened(open);
  }

  /** Does to the connections of this process as ordered. */
  async carryOut(order: WatchOrder): Promise<OrderDone> {
    return (await this.#orders?.carryOut(order)) ?? nothingDone;
  }

  /** Tells of the next slice of the open connections, and has orders that are over end. Called by its timer. */
  look(): void {
    const gate = this.#gate;
    if (gate === null) return;
    this.#slice += 1;
    if (this.#slice % ORDERS_EVERY === 0) this.#orders?.turn();
    if (!this.active) return;
    for (let left = Math.ceil(gate.sessions.size / SLICES); left > 0; left--) {
      const open = this.#nextOf(gate.sessions);
      if (open !== null && gate.now() - (open.told?.at ?? open.facts.now) >= LEAST_SPAN_MS)
        this.#tellTraffic(open, open.driver.session.counts());
    }
  }

  /**
   * The next connection of the round, or the first of another one; `null`: there is none. Connections that open meanwhile wait for the
   * next round: whoever opened them faster than they are looked at would keep this one from ever coming to its end.
   */
  #nextOf(sessions: Gate["sessions"]): OpenSession | null {
    const next = this.#roundLeft > 0 ? this.#round?.next() : undefined;
    this.#roundLeft -= 1;
    if (next?.done === false) return next.value;
    this.#round = sessions.values();
    this.#roundLeft = sessions.size - 1;
    const first = this.#round.next();
    return first.done === true ? null : first.value;
  }

  #closed({ session, inbound, outbound }: ClosedEvent): void {
    const open = this.#gate?.sessions.get(session);
    if (open !== undefined && this.active) this.#tellTraffic(open, { inbound, outbound });
    this.#orders?.closed(session);
  }

  #tellTraffic(open: OpenSession, { inbound, outbound }: Omit<ToldTraffic, "at">): void {
    const at = this.#gate?.now() ?? 0;
    const before = open.told ?? { at: open.facts.now, inbound: NO_TRAFFIC, outbound: NO_TRAFFIC };
    open.told = { at, inbound, outbound };
    const { session, address, identity } = open.facts;
    this.#take({
      type: "traffic",
      session,
      route: open.route,
      address,
      user: identity.user,
      spanMs: at - before.at,
      inbound: difference(inbound, before.inbound),
      outbound: difference(outbound, before.outbound),
    });
  }

  #tellCredential({ facts, route, fingerprint }: OpenSession): void {
    if (fingerprint === null || !this.active) return;
    const { session, address, identity } = facts;
    this.#take({ type: "credential", session, route, address, user: identity.user, fingerprint });
  }
}

function difference(now: LaneCounts, before: LaneCounts): LaneCounts {
  return { messages: now.messages - before.messages, bytes: now.bytes - before.bytes };
}

/** Whoever is banned already and comes back is no news; and what the watch says would tell it what it did. */
function isOfTheWatch(event: SallyportEvent): boolean {
  if (event.type === "finding") return true;
  if (event.type !== "handshake" && event.type !== "decision") return false;
  return event.guard === "watch" || event.code === "firewall.banned";
}
