import type { OutgoingClock } from "../src/hosts/outgoing-clock.ts";

/** Promises that wait for each other in a row, at most. */
const TURNS = 200;

/** A clock whose time passes when a test says so. */
export class ManualOutgoingClock {
  now: number;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  constructor(now: number) {
    this.now = now;
  }

  /** What is lent of it. Chance is always 1. */
  get lent(): OutgoingClock {
    return {
      now: () => this.now,
      random: () => 1,
      setTimer: (run, ms) => {
        const timer = { at: this.now + ms, run };
        this.#timers.push(timer);
        return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
      },
    };
  }

  /** Lets time pass, and whatever is due then happen. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) break;
      this.now = Math.max(this.now, next.at);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.run();
      await this.settle();
    }
    this.now = until;
  }

  /** Lets happen what waits for no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
  }
}
