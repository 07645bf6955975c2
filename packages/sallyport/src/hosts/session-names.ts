import { Buffer } from "node:buffer";
import type { Direction } from "../events.ts";
import type { NameSink } from "../session/name-sink.ts";

/** Names that are remembered for each route and direction. */
const MAX_NAMES = 4096;
/** Characters of a name. A dialect has bounds of its own, but `json` takes what stands at a pointer. */
const MAX_NAME = 256;
/** Where no more can be remembered, one that is not known is told no oftener than this, milliseconds. */
const BEYOND_EVERY_MS = 1000;

/** The names of one route and direction that this process has seen. */
class KnownNames {
  readonly #names = new Set<string>();
  #toldBeyondAt = Number.NEGATIVE_INFINITY;

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Takes a name that is not known. Whether it is to be told. */
  add(name: string, now: number): boolean {
    if (this.#names.size < MAX_NAMES) {
      // A copy of its own, where a piece of a message would keep the whole of it in memory.
      this.#names.add(Buffer.from(name).toString());
      return true;
    }
    if (now - this.#toldBeyondAt < BEYOND_EVERY_MS) return false;
    this.#toldBeyondAt = now;
    return true;
  }
}

type ByDirection = Readonly<Record<Direction, KnownNames>>;

/** The names of messages that this process has seen, on each route: a bounded number. */
export class RouteNames {
  readonly #routes = new Map<string, ByDirection>();

  /** Those of a route. */
  of(route: string): ByDirection {
    const known = this.#routes.get(route) ?? { inbound: new KnownNames(), outbound: new KnownNames() };
    this.#routes.set(route, known);
    return known;
  }
}

/** Told of a name that this process had not seen on the route and in the direction. */
export type OnNewName = (direction: Direction, name: string) => void;

/** What is seen of the names of one connection's messages: a look-up for each, and nothing more where it is known. */
export class SessionNames implements NameSink {
  readonly #routes: RouteNames;
  readonly #now: () => number;
  readonly #onNew: OnNewName;
  #known: ByDirection;

  /** @param now monotonic milliseconds */
  constructor(routes: RouteNames, route: string, { now, onNew }: { now: () => number; onNew: OnNewName }) {
    this.#routes = routes;
    this.#known = routes.of(route);
    this.#now = now;
    this.#onNew = onNew;
  }

  /** Its route has another label from now on. */
  follow(route: string): void {
    this.#known = this.#routes.of(route);
  }

  saw(direction: Direction, name: string): void {
    const known = this.#known[direction];
    const short = name.length <= MAX_NAME ? name : name.slice(0, MAX_NAME);
    if (!known.has(short) && known.add(short, this.#now())) this.#onNew(direction, short);
  }
}
