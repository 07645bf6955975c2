import { addTotals, endedTotals, noTotals, type GateTotals } from "./gate-totals.ts";

/** Adds up what the workers of a gate have counted. What one has counted stays when it ends, so that no sum falls back. */
export class WorkerTotals {
  readonly #running = new Map<number, GateTotals>();
  #ended = noTotals;

  /** Takes what a worker has counted, in place of what it had before. */
  take(worker: number, totals: GateTotals): void {
    this.#running.set(worker, totals);
  }

  /** The worker has gone. */
  gone(worker: number): void {
    this.#ended = addTotals(this.#ended, endedTotals(this.#running.get(worker) ?? noTotals));
    this.#running.delete(worker);
  }

  /** Of all workers, and of this process what it takes itself. */
  sum(): GateTotals {
    const { user, system } = process.cpuUsage();
    const own = { ...noTotals, cpuMs: (user + system) / 1000, memory: process.memoryUsage.rss() };
    return [...this.#running.values(), this.#ended].reduce(addTotals, own);
  }
}
