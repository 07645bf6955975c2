/** Those that have not ended. */
const all = new Set<Undo>();

/** What has to be undone at the end, whatever happened: the last first. */
export class Undo {
  readonly #steps: (() => unknown)[] = [];

  /** Has something done at the end. */
  later(step: () => unknown): void {
    all.add(this);
    this.#steps.push(step);
  }

  /** Does all of it, also where some of it fails; rejects with the first failure then. */
  async all(): Promise<void> {
    const failures: unknown[] = [];
    for (;;) {
      const step = this.#steps.pop();
      if (step === undefined) break;
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    all.delete(this);
    if (failures.length > 0) throw failures[0];
  }
}

/** Undoes everything that this process has done: for who is told to end. */
export async function undoEverything(): Promise<void> {
  for (const undo of all) await undo.all().catch(() => {});
}
