/** Is thrown where a reading has had its time: it answers what it has. */
export class OutOfTime extends Error {}

/** Ends a reading that takes longer than it may. */
export class DeskDeadline {
  readonly #at: number;

  /** @param ms how long it may take */
  constructor(ms: number) {
    this.#at = performance.now() + ms;
  }

  /** Whether the time is over. */
  get isOver(): boolean {
    return performance.now() >= this.#at;
  }

  /** Is given to a search as what is told of its progress. @throws {OutOfTime} where the time is over */
  readonly check = (): void => {
    if (this.isOver) throw new OutOfTime();
  };
}

/** Runs a reading until it ends or its time is over; answers whether that was so. */
export async function untilOver(read: () => Promise<void>): Promise<boolean> {
  try {
    await read();
    return false;
  } catch (error) {
    if (error instanceof OutOfTime) return true;
    throw error;
  }
}
