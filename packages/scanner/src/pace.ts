import { setTimeout as sleep } from "node:timers/promises";
import { BudgetError } from "./not-tested.ts";

/** What a scan may take of its target. */
export interface PaceOptions {
  /** Connections per second, after a first burst of as many. */
  readonly perSecond: number;
  /** Connections in all. */
  readonly connections: number;
  /** Time in all. */
  readonly totalMs: number;
}

/** Keeps a scan polite: connections come at a rate, and end with the budget. */
export class Pace {
  /** Connections that were opened. */
  taken = 0;
  readonly #options: PaceOptions;
  readonly #now: () => number;
  readonly #begun: number;
  /** When the next connection may be opened, were there no burst. */
  #next: number;

  constructor(options: PaceOptions, now: () => number = () => performance.now()) {
    this.#options = options;
    this.#now = now;
    this.#begun = now();
    this.#next = this.#begun - 1000;
  }

  /** What is left of the time. */
  get leftMs(): number {
    return Math.max(0, this.#begun + this.#options.totalMs - this.#now());
  }

  /** How long the next connection has to wait; counts it. Throws where the budget is used up. */
  reserve(): number {
    const { connections, perSecond, totalMs } = this.#options;
    if (this.taken >= connections)
      throw new BudgetError(`the budget of ${connections} connections is used up`);
    if (this.leftMs === 0) throw new BudgetError(`the time of ${totalMs / 1000} s is used up`);
    this.taken += 1;
    const now = this.#now();
    this.#next = Math.max(this.#next, now - 1000) + 1000 / perSecond;
    return Math.max(0, this.#next - now);
  }

  /** Waits until the next connection may be opened. */
  async take(): Promise<void> {
    const waitMs = this.reserve();
    if (waitMs > 0) await sleep(waitMs);
  }
}
