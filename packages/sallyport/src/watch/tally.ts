import { Counts } from "./counts.ts";
import { Distinct } from "./distinct.ts";
import type { Suspect } from "./suspects.ts";

/** What is kept of an address, a subnet, a user or a session that does what it should not: how often, of how many kinds, from where. */
export class Tally implements Suspect {
  readonly counts: Counts = new Counts();
  /** Of today. */
  readonly kinds: Distinct = new Distinct();
  /** Of today. */
  readonly places: Distinct = new Distinct();
  /** Of today, what nobody else can have caused. */
  own = 0;

  /** Counts one. */
  add(now: number, weight: number): void {
    if (!this.counts.add(now, weight)) return;
    this.kinds.clear();
    this.places.clear();
    this.own = 0;
  }

  /** Takes what was counted before. */
  inherit(count: number, now: number): void {
    this.counts.inherit(count, now);
  }

  /** How much there is today. */
  get suspicion(): number {
    return this.counts.today;
  }

  /**
   * Whether so much of what led to a finding was their own that they may be held to it. One less is enough, since the first was
   * counted before this was kept.
   */
  answersFor(limit: number): boolean {
    const answers = this.own >= limit - 1;
    this.own = 0;
    return answers;
  }
}
