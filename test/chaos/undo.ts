/** What has to be undone at the end, whatever happened: the last first. */
export class Undo {
  readonly #steps: (() => unknown)[] = [];

  /** Has something done at the end. */
  later(step: () => unknown): void {
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
    if (failures.length > 0) throw failures[0];
  }
}
