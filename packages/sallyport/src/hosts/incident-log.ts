import type { DecisionEvent, HandshakeEvent, SallyportEvent } from "../events.ts";

/** A decision, and when it was made: ISO 8601. */
export type KeptIncident = { readonly at: string } & (HandshakeEvent | DecisionEvent);

/** Which of the last decisions are asked for. */
export interface IncidentQuery {
  /** Decisions at most. */
  readonly limit: number;
  /** Only those about this session; absent: all. */
  readonly session?: string | undefined;
}

/** The last decisions, by incident id: what a peer was told is what the operator can look up. Bounded: the oldest go first. */
export class IncidentLog {
  /** As JSON: a copy of its own, where a piece of a request's head would keep the whole head in memory. */
  readonly #events = new Map<string, string>();
  readonly #capacity: number;

  /** @param capacity incidents kept; at some 500 bytes each, 10,000 take 5 MB */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Keeps the event if it is a decision. @param wallNow milliseconds since the epoch */
  take(event: SallyportEvent, wallNow: number): void {
    if (event.type !== "handshake" && event.type !== "decision") return;
    this.#events.set(event.incident, JSON.stringify({ at: new Date(wallNow).toISOString(), ...event }));
    if (this.#events.size <= this.#capacity) return;
    const oldest = this.#events.keys().next().value;
    if (oldest !== undefined) this.#events.delete(oldest);
  }

  /** What guards that observe would have refused, the newest first. @param since milliseconds since the epoch */
  observed(since: number): KeptIncident[] {
    const from = new Date(since).toISOString();
    // Most decisions are not parsed for it.
    return [...this.#events]
      .filter(([, text]) => text.includes('"verdict":"observe"'))
      .flatMap(([incident]) => this.find(incident) ?? [])
      .filter(({ at, verdict }) => verdict === "observe" && at >= from)
      .toReversed();
  }

  /** What was decided under an id, or `null` when it is not known any more. */
  find(incident: string): KeptIncident | null {
    return JSON.parse(this.#events.get(incident) ?? "null") as KeptIncident | null;
  }

  /** The last decisions, the newest first. */
  list({ limit, session }: IncidentQuery): readonly KeptIncident[] {
    const kept = [...this.#events.values()];
    // Nothing is parsed that is not wanted.
    const about = session === undefined ? null : `"session":${JSON.stringify(session)}`;
    const wanted = about === null ? kept.slice(-limit) : kept.filter((text) => text.includes(about));
    return wanted
      .slice(-limit)
      .map((text) => JSON.parse(text) as KeptIncident)
      .toReversed();
  }
}

/** Joins the last decisions of several processes: the newest first. */
export function joinIncidents(
  lists: readonly (readonly KeptIncident[])[],
  limit: number,
): readonly KeptIncident[] {
  return lists
    .flat()
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))
    .slice(0, limit);
}
