import type { OutgoingClock } from "./outgoing-clock.ts";

/** The waits of one that sends to the outside or writes, one at a time: cut short when there is more to send, and when the gate ends. */
export class OutgoingWaits {
  readonly #setTimer: OutgoingClock["setTimer"];
  /** Ends the wait of now; `null`: nobody waits. */
  #over: (() => void) | null = null;
  #isForMore = false;
  #ended = false;

  constructor({ setTimer }: Pick<OutgoingClock, "setTimer">) {
    this.#setTimer = setTimer;
  }

  /** Whether the gate ends: nothing waits any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Waits so long. */
  forMs(ms: number): Promise<void> {
    return this.#wait(ms, false);
  }

  /** Waits so long, or until `wake` is called. */
  forMore(ms: number): Promise<void> {
    return this.#wait(ms, true);
  }

  /** Ends a wait for more. */
  wake(): void {
    if (this.#isForMore) this.#over?.();
  }

  /** Ends the wait of now, and every one to come. */
  end(): void {
    this.#ended = true;
    this.#over?.();
  }

  /** Resolves with the work, or so many milliseconds later. */
  async within(ms: number, work: Promise<unknown> | null): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const callOff = this.#setTimer(resolve, ms);
    await Promise.race([work, late]);
    callOff();
  }

  #wait(ms: number, isForMore: boolean): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#isForMore = isForMore;
      this.#over = () => {
        callOff();
        this.#over = null;
        resolve();
      };
      const callOff = this.#setTimer(this.#over, ms);
    });
  }
}
