import type { DecisionEvent, HandshakeEvent } from "../events.ts";
import type { ObservedKind } from "./dashboard/policy-message.ts";

/** Kinds that are told. */
const MOST_KINDS = 200;

/** Gathers decisions of guards that only observe, the newest first, into kinds. */
export class ObservedTally {
  readonly #kinds = new Map<string, ObservedKind>();

  /** @param at ISO 8601 */
  take(
    { route, guard, code, incident, detail, address, user }: HandshakeEvent | DecisionEvent,
    at: string,
  ): void {
    const key = JSON.stringify([route, guard, code]);
    const known = this.#kinds.get(key);
    const kind = known ?? { route, guard, code, count: 0, last: at, incident, detail, address, user };
    this.#kinds.set(key, { ...kind, count: kind.count + 1 });
  }

  /** The most frequent first. */
  get kinds(): readonly ObservedKind[] {
    return [...this.#kinds.values()].sort((a, b) => b.count - a.count).slice(0, MOST_KINDS);
  }
}
