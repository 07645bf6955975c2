import type { DecisionEvent, HandshakeEvent, SallyportEvent } from "../events.ts";

/** The last decisions, by incident id: what a peer was told is what the operator can look up. Bounded: the oldest go first. */
export class IncidentLog {
  readonly #events = new Map<
    string,
    { readonly at: string; readonly event: HandshakeEvent | DecisionEvent }
  >();
  readonly #capacity: number;

  /** @param capacity incidents kept; at some 500 bytes each, 10,000 take 5 MB */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Keeps the event if it is a decision. @param wallNow milliseconds since the epoch */
  take(event: SallyportEvent, wallNow: number): void {
    if (event.type !== "handshake" && event.type !== "decision") return;
    this.#events.set(event.incident, { at: new Date(wallNow).toISOString(), event });
    if (this.#events.size <= this.#capacity) return;
    const oldest = this.#events.keys().next().value;
    if (oldest !== undefined) this.#events.delete(oldest);
  }

  /** What was decided under an id, or `null` when it is not known any more. */
  find(incident: string): ({ readonly at: string } & (HandshakeEvent | DecisionEvent)) | null {
    const entry = this.#events.get(incident);
    return entry === undefined ? null : { at: entry.at, ...entry.event };
  }
}
