/**
 * What messages may inflate to in one turn, of all connections of a process together, bytes: some 10 ms, beside what the last message
 * comes to. A loop has up to two turns between two looks at its sockets and timers.
 */
export const INFLATED_PER_TURN: number = 2 * 1024 ** 2;

/**
 * Shares the time that inflating takes between connections: some bytes cost a thousand times as many, and two hundred peers that send such
 * bytes in one instant would keep everybody else waiting until the last of them was refused. When a turn has inflated as much as it
 * may, what comes next waits for another one, in the order in which it came.
 */
export class InflateTurns {
  #left = INFLATED_PER_TURN;
  readonly #waiting = new Set<() => void>();
  readonly #later: (run: () => void) => void;
  /** Whether the next turn is planned. */
  #planned = false;
  /** Whether those that waited are asked now. */
  #asks = false;

  /** @param later calls once, when others have had their turn */
  constructor(later: (run: () => void) => void) {
    this.#later = later;
  }

  /** Whether nobody may inflate anything before the next turn. Who asks while others wait comes behind them. */
  get over(): boolean {
    return this.#left <= 0 || (this.#waiting.size > 0 && !this.#asks);
  }

  /** Counts what was inflated. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left <= 0) this.#plan();
  }

  /** Calls once, in a turn that has something left. */
  wait(goOn: () => void): void {
    this.#waiting.add(goOn);
    this.#plan();
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.#later(() => this.#begin());
  }

  #begin(): void {
    this.#planned = false;
    this.#left = INFLATED_PER_TURN;
    this.#asks = true;
    try {
      for (const goOn of this.#waiting) {
        if (this.#left <= 0) break;
        this.#waiting.delete(goOn);
        goOn();
      }
    } finally {
      this.#asks = false;
      if (this.#waiting.size > 0) this.#plan();
    }
  }
}
