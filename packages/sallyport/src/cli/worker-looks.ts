import { EventTap } from "../hosts/dashboard/event-tap.ts";
import type { GateTotals } from "../hosts/dashboard/gate-totals.ts";
import { WorkerTotals } from "../hosts/dashboard/worker-totals.ts";
import type { WorkerSlot } from "./worker-slot.ts";

/** What the dashboard sees of a gate with workers: what they have counted, and what happens in them while somebody looks. */
export class WorkerLooks {
  readonly tap: EventTap;
  readonly #slots: () => readonly WorkerSlot[];
  readonly #totals = new WorkerTotals();

  /** @param slots those that there are now */
  constructor(slots: () => readonly WorkerSlot[]) {
    this.#slots = slots;
    this.tap = new EventTap(
      () => Date.now(),
      (isLooked) => {
        for (const slot of slots()) slot.tell((worker) => worker.tell("lookAtEvents", isLooked));
      },
    );
  }

  /** Of all workers; of one that does not answer, what it said last. */
  async totals(): Promise<GateTotals> {
    const asked = this.#slots().map(async (slot) => {
      const totals = await slot.ask((worker) => worker.ask("totals"));
      if (totals !== null) this.#totals.take(slot.number, totals);
    });
    await Promise.all(asked);
    return this.#totals.sum();
  }

  /** A worker listens, which may be another one than before: it does not know whether somebody looks. */
  ready(slot: WorkerSlot): void {
    if (this.tap.isLooked) slot.tell((worker) => worker.tell("lookAtEvents", true));
  }

  /** A worker has gone. */
  gone(worker: number): void {
    this.#totals.gone(worker);
  }
}
