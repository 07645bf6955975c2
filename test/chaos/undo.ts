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

/** What tells a process to end. */
export const endSignals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** From now on, nothing is left behind when this process is told to end in the middle of it. */
export function undoAtSignals(): void {
  for (const signal of endSignals)
    process.once(signal, () => void undoEverything().finally(() => process.exit(130)));
}

async function undoEverything(): Promise<void> {
  for (const undo of all) await undo.all().catch(() => {});
}
