import { errors, type ErrorCode } from "../../packages/sallyport/src/errors.ts";
import type {
  ClosedEvent,
  DecisionEvent,
  Direction,
  LaneCounts,
} from "../../packages/sallyport/src/events.ts";
import type { Actor } from "./agenda.ts";
import { HOUR, SECOND } from "./calendar.ts";
import { OWN_ORIGIN, type World } from "./world.ts";
import type { Random } from "./random.ts";

/** What one lane carries for a while. */
export interface Pace {
  readonly perSecond: number;
  /** Mean payload of a message. */
  readonly bytes: number;
}

/** A stretch of a connection's life in which its pace stays the same. */
export interface Stretch {
  readonly forMs: number;
  /** How often a traffic signal tells of it. */
  readonly everyMs: number;
  readonly inbound: Pace;
  readonly outbound: Pace;
}

/** How somebody uses a connection: one stretch after another. */
export type Habit = (now: number, random: Random) => Stretch;

/** A decision that now and then befalls who uses a connection. */
export interface Mishap {
  readonly code: ErrorCode;
  readonly verdict: DecisionEvent["verdict"];
  readonly direction: Direction | null;
  readonly perHour: number;
}

/** Who connects, from where, with what. */
export interface Connected {
  readonly user: string | null;
  readonly address: string;
  readonly route: string;
  /** `null`: it brought no credential. */
  readonly fingerprint: string | null;
  readonly habit: Habit;
  readonly mishaps?: readonly Mishap[];
  readonly origin?: string | null;
  readonly lastsMs: number;
  /** How long its credential lasts, after which it is renewed in place; for ever when absent. */
  readonly renewsEveryMs?: number;
  /** `false`: who lost it does not come back by itself. */
  readonly returns?: boolean;
}

/** How a connection ends. */
export type Ending = Pick<ClosedEvent, "closedBy" | "closeCode">;

export const LEFT: Ending = { closedBy: "client", closeCode: 1001 };

const none: LaneCounts = { messages: 0, bytes: 0 };
const silent: Pace = { perSecond: 0, bytes: 0 };

function plus(left: LaneCounts, right: LaneCounts): LaneCounts {
  return { messages: left.messages + right.messages, bytes: left.bytes + right.bytes };
}

/**
 * One connection: tells its `open` and `credential`, a traffic signal at the cadence of each stretch, what the guards decide about
 * it, and its end. Made by `openSession`.
 */
export class SimulatedSession implements Actor {
  readonly of: Connected;
  readonly identity: {
    readonly session: string;
    readonly route: string;
    readonly address: string;
    readonly user: string | null;
  };
  readonly #world: World;
  readonly #random: Random;
  readonly #openedAt: number;
  readonly #endsAt: number;
  readonly #onEnd: (() => void) | undefined;
  #told: number;
  #stretch: Stretch;
  #stretchEnds: number;
  #renewsAt: number;
  #renewals = 0;
  #isSilent = false;
  #isOpen = true;
  #inbound: LaneCounts = none;
  #outbound: LaneCounts = none;

  constructor(
    world: World,
    of: Connected,
    { random, onEnd }: { readonly random: Random; readonly onEnd?: () => void },
  ) {
    const { now } = world;
    this.of = of;
    this.#world = world;
    this.#random = random;
    this.#onEnd = onEnd;
    this.#openedAt = now;
    this.#told = now;
    this.#endsAt = now + of.lastsMs;
    this.identity = { session: world.sessionId(), route: of.route, address: of.address, user: of.user };
    world.sessions.add(this);
    world.emit({
      type: "open",
      ...this.identity,
      path: of.route,
      origin: of.origin === undefined ? OWN_ORIGIN : of.origin,
      subprotocol: null,
    });
    if (of.fingerprint !== null)
      world.emit({ type: "credential", ...this.identity, fingerprint: of.fingerprint });
    this.#stretch = of.habit(now, random);
    this.#stretchEnds = now + this.#stretch.forMs;
    this.#renewsAt = now + (of.renewsEveryMs ?? Infinity);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  step(now: number): number {
    if (!this.#isOpen) return Infinity;
    this.#tellTraffic();
    this.#suffer();
    if (!this.#isOpen) return Infinity;
    if (now >= this.#renewsAt) this.#renew();
    if (now >= this.#endsAt) {
      this.end(LEFT);
      return Infinity;
    }
    if (now >= this.#stretchEnds) {
      this.#stretch = this.of.habit(now, this.#random);
      this.#stretchEnds = now + this.#stretch.forMs;
    }
    return this.nextAfter(now);
  }

  /** How long it would have gone on. */
  get remainingMs(): number {
    return Math.max(SECOND, this.#endsAt - this.#world.now);
  }

  /** When it is to be woken next. */
  nextAfter(now: number): number {
    return Math.min(now + this.#stretch.everyMs, this.#stretchEnds, this.#endsAt);
  }

  /** The client is gone without a word: nothing comes any more, though what is sent to it is still counted. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  decide(code: ErrorCode, verdict: DecisionEvent["verdict"], direction: Direction | null = "inbound"): void {
    this.#world.emit({
      type: "decision",
      verdict,
      incident: this.#world.incident(),
      ...this.identity,
      direction,
      guard: code.slice(0, code.indexOf(".")),
      code,
      detail: "",
    });
  }

  /** A guard closes it. */
  closeFor(code: ErrorCode, direction: Direction | null = "inbound"): void {
    if (!this.#isOpen) return;
    this.decide(code, "close", direction);
    this.end({ closedBy: "gate", closeCode: errors[code].close ?? 1008 });
  }

  end(ending: Ending): void {
    if (!this.#isOpen) return;
    this.#tellTraffic();
    this.#isOpen = false;
    const { now } = this.#world;
    this.#world.sessions.delete(this);
    this.#world.emit({
      type: "closed",
      ...this.identity,
      ...ending,
      durationMs: now - this.#openedAt,
      inbound: this.#inbound,
      outbound: this.#outbound,
    });
    this.#onEnd?.();
  }

  /** The proof has ended and is renewed in place. */
  #renew(): void {
    const { fingerprint, renewsEveryMs = Infinity } = this.of;
    if (fingerprint === null) return;
    this.#renewsAt += renewsEveryMs;
    this.#renewals += 1;
    this.#world.emit({
      type: "refresh",
      ...this.identity,
      until: new Date(this.#world.now + renewsEveryMs).toISOString(),
    });
    this.#world.emit({
      type: "credential",
      ...this.identity,
      fingerprint: `${fingerprint} ${this.identity.session} ${this.#renewals}`,
    });
  }

  #count({ perSecond, bytes }: Pace, spanMs: number): LaneCounts {
    const messages = this.#random.poisson((perSecond * spanMs) / SECOND);
    if (messages === 0) return none;
    return { messages, bytes: Math.round(messages * bytes * this.#random.between(0.75, 1.25)) };
  }

  #tellTraffic(): void {
    const { now } = this.#world;
    const spanMs = now - this.#told;
    if (spanMs <= 0) return;
    this.#told = now;
    const inbound = this.#count(this.#isSilent ? silent : this.#stretch.inbound, spanMs);
    const outbound = this.#count(this.#stretch.outbound, spanMs);
    this.#inbound = plus(this.#inbound, inbound);
    this.#outbound = plus(this.#outbound, outbound);
    this.#world.emit({ type: "traffic", ...this.identity, spanMs, inbound, outbound });
  }

  #suffer(): void {
    const { mishaps } = this.of;
    if (mishaps === undefined) return;
    const hours = Math.min(this.#stretch.everyMs, this.#stretch.forMs) / HOUR;
    for (const { code, verdict, direction, perHour } of mishaps) {
      if (!this.#random.chance(perHour * hours)) continue;
      if (verdict === "close") return this.closeFor(code, direction);
      this.decide(code, verdict, direction);
    }
  }
}

/** Opens a connection and puts it on the agenda. */
export function openSession(
  world: World,
  of: Connected,
  how: ConstructorParameters<typeof SimulatedSession>[2],
): SimulatedSession {
  const session = new SimulatedSession(world, of, how);
  world.agenda.add(session.nextAfter(world.now), session);
  return session;
}
