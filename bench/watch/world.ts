import { errors, type ErrorCode } from "../../packages/sallyport/src/errors.ts";
import type { WatchSignal } from "../../packages/sallyport/src/watch/signal.ts";
import { Agenda } from "./agenda.ts";
import { START } from "./calendar.ts";
import type { Label } from "./label.ts";
import { Random } from "./random.ts";
import type { SimulatedSession } from "./simulated-session.ts";

/** The page that people come from, on every route. */
export const OWN_ORIGIN = "https://app.example.com";

/** A handshake that the gate refuses. */
export interface Refused {
  readonly code: ErrorCode;
  readonly address: string;
  readonly route?: string | null;
  readonly path?: string;
  readonly user?: string | null;
  readonly origin?: string | null;
  readonly detail?: string;
}

/** What all who act in a simulation share: the time, the seed, who is connected, and where signals go. */
export class World {
  readonly agenda: Agenda = new Agenda(START);
  readonly random: Random;
  /** In the order in which they were opened. */
  readonly sessions: Set<SimulatedSession> = new Set();
  readonly labels: Label[] = [];
  readonly #take: (signal: WatchSignal, now: number) => void;
  /** Routes whose application does not answer, until when. */
  readonly downUntil: Map<string, number> = new Map();
  /** Names of messages that clients use now, of each route; releases add to them. */
  readonly vocabulary: Map<string, string[]> = new Map();
  readonly #names = new Set<string>();
  #incidents = 0;
  #sessionIds = 0;

  constructor(seed: number, take: (signal: WatchSignal, now: number) => void) {
    this.random = new Random(`watch ${seed}`);
    this.#take = take;
  }

  /** Whole milliseconds, as the gate's clock tells them. */
  get now(): number {
    return Math.floor(this.agenda.now);
  }

  emit(signal: WatchSignal): void {
    this.#take(signal, this.now);
  }

  incident(): string {
    return `incident-${(this.#incidents += 1).toString(36)}`;
  }

  sessionId(): string {
    return `session-${(this.#sessionIds += 1).toString(36)}`;
  }

  refuse({
    code,
    address,
    route = null,
    path = route ?? "/",
    user = null,
    origin = OWN_ORIGIN,
    detail,
  }: Refused): void {
    this.emit({
      type: "handshake",
      verdict: "refuse",
      incident: this.incident(),
      guard: code.slice(0, code.indexOf(".")),
      code,
      status: errors[code].status ?? 400,
      detail: detail ?? errors[code].message,
      route,
      address,
      user,
      path,
      origin,
    });
  }

  /** Tells a message's name where it is new on the route and in that direction: the gate tells each once. */
  name(session: SimulatedSession, direction: "inbound" | "outbound", name: string): void {
    const key = `${session.of.route} ${direction} ${name}`;
    if (this.#names.has(key)) return;
    this.#names.add(key);
    this.emit({ type: "name", ...session.identity, direction, name });
  }
}
