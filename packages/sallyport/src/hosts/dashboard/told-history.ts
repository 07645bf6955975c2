import type { Connection } from "../connection.ts";
import type { GateSample, LiveMessage } from "./live-message.ts";

/**
 * Tells pages of the last hour. It is written once until another sample is kept, however many ask, and no page is told the same twice: it has
 * it. So whoever subscribes and unsubscribes without end has the gate do no more than who stays.
 */
export class ToldHistory {
  readonly #history: () => readonly GateSample[];
  readonly #told = new WeakMap<Pick<Connection, "send">, string>();
  #of: readonly GateSample[] | null = null;
  #text = "";

  /** @param history the oldest first; another list once it is another history */
  constructor(history: () => readonly GateSample[]) {
    this.#history = history;
  }

  /** Tells a page, where it does not know it. */
  tell(page: Pick<Connection, "send">): void {
    const samples = this.#history();
    if (samples !== this.#of) {
      this.#of = samples;
      this.#text = JSON.stringify({ type: "history", samples } satisfies LiveMessage);
    }
    if (this.#told.get(page) === this.#text) return;
    this.#told.set(page, this.#text);
    void page.send(this.#text);
  }
}
