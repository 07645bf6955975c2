import type { Terminal } from "../terminal.ts";

/** Nobody reads faster, and what is done in this time needs no line. */
const EVERY_MS = 200;

/** One line on standard error that is written over while something takes long; where nobody watches, nothing. */
export class ProgressLine {
  readonly #terminal: Pick<Terminal, "err" | "isWatched">;
  #nextAt: number;
  #isShown = false;

  constructor(terminal: Pick<Terminal, "err" | "isWatched">) {
    this.#terminal = terminal;
    this.#nextAt = performance.now() + EVERY_MS;
  }

  /** Shows how far it is, not more often than a person sees. */
  show(text: () => string): void {
    if (this.#terminal.isWatched !== true || performance.now() < this.#nextAt) return;
    this.#nextAt = performance.now() + EVERY_MS;
    this.#isShown = true;
    this.#terminal.err(`\r\u001b[K${text()}`);
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.#isShown) this.#terminal.err("\r\u001b[K");
    this.#isShown = false;
  }
}
