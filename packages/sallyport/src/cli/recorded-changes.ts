import type { Direction } from "../events.ts";

/** What the policy does otherwise than what was done. */
export interface RecordedChange {
  readonly change: "refused" | "no-longer-refused" | "replaced";
  /** `connection`: it would have been ended between two messages. */
  readonly what: "handshake" | "message" | "connection";
  /** `null`: it was refused, so that there was none. */
  readonly session: string | null;
  /** As it is recorded; `null`: none served it. */
  readonly route: string | null;
  readonly user: string | null;
  readonly address: string;
  /** Of the message; of a connection, of the first message that would not have come. */
  readonly sequence: number | null;
  /** Wall clock, milliseconds since 1970. */
  readonly time: number;
  readonly direction: Direction | null;
  /** Who decides, or decided, against it. */
  readonly guard: string | null;
  readonly code: string | null;
  readonly detail: string;
}

/** What was counted of a route. */
export interface RecordedCounts {
  /** Connections that were open in what was read. */
  sessions: number;
  /** Of them, those that began before that. */
  partial: number;
  /** Connections of users whose claims nobody gave, though they were given of others. */
  withoutClaims: number;
  /** Handshakes that were judged, and those that could not be. */
  handshakes: number;
  handshakesNotJudged: number;
  messages: number;
  /** Messages that only guards could judge that need not read them. */
  notOnContent: number;
  /** Messages that were judged without what `leak` cut from them. */
  redacted: number;
  /** Messages that come after the policy would have ended their connection. */
  cutOff: number;
  /** Messages that could not be played. */
  notJudged: number;
  /** Messages that the journal counted and does not have. */
  shed: number;
  /** Handshakes, messages and connections that pass in the record, and are refused now. */
  refused: number;
  /** What was refused then, and is now. */
  stillRefused: number;
  noLongerRefused: number;
  /** Messages that went on as they were, and would be changed now. */
  replaced: number;
}

/** Where counts and changes go: counts for each route, changes to whoever shows them. */
export class RecordedTally {
  readonly #routes = new Map<string, RecordedCounts>();
  readonly #tell: (change: RecordedChange) => void;

  constructor(tell: (change: RecordedChange) => void) {
    this.#tell = tell;
  }

  /** By the label of the route as it is recorded; what no route served is under `-`. */
  get routes(): ReadonlyMap<string, Readonly<RecordedCounts>> {
    return this.#routes;
  }

  /** The counts of a route, to be added to. */
  of(route: string | null): RecordedCounts {
    const label = route ?? "-";
    const known = this.#routes.get(label) ?? nothing();
    this.#routes.set(label, known);
    return known;
  }

  /** Counts a change, and tells it. */
  changed(change: RecordedChange): void {
    const counts = this.of(change.route);
    if (change.change === "refused") counts.refused += 1;
    else if (change.change === "replaced") counts.replaced += 1;
    else counts.noLongerRefused += 1;
    this.#tell(change);
  }
}

function nothing(): RecordedCounts {
  return {
    sessions: 0,
    partial: 0,
    withoutClaims: 0,
    handshakes: 0,
    handshakesNotJudged: 0,
    messages: 0,
    notOnContent: 0,
    redacted: 0,
    cutOff: 0,
    notJudged: 0,
    shed: 0,
    refused: 0,
    stillRefused: 0,
    noLongerRefused: 0,
    replaced: 0,
  };
}
