import { Worker } from "node:worker_threads";
import type { GivenKeyring } from "./given-keyrings.ts";
import type { ThreadOrder, ThreadReport } from "./journal-thread.ts";

/** Starts a thread that writes a journal. */
export type StartThread = (order: ThreadOrder) => Worker;

/** What is told of the thread of a journal. */
export interface WriterThreadOptions {
  readonly start?: StartThread;
  /** Waits so many milliseconds. Absent: where the second thread in a row dies before it has written anything, there is no third. */
  readonly delay?: (ms: number) => Promise<void>;
  /** What the next thread is given. @param again it takes the place of one that died */
  readonly order: (again: boolean) => ThreadOrder;
  readonly onReport: (report: ThreadReport) => void;
  readonly onAlarm: (level: "info" | "error", message: string, detail: string) => void;
  /** Nothing is written any more: it was closed, or never began. */
  readonly onEnd: (problem: string) => void;
}

/** How long it waits before it starts another thread, milliseconds, when the first one did not help either. */
const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 10_000;

const startWorker: StartThread = (order) => {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const file = new URL(`./journal-worker.${extension}`, import.meta.url);
  return new Worker(file, { workerData: order, name: "sallyport journal" });
};

/**
 * The thread that writes a journal, and another one in its place where it dies: what stands in the ring is written then, once. It is started at once,
 * and, where that does not write anything either, after one second, two, four, and so on up to ten. Until then the ring is as with a
 * disk that takes nothing.
 */
export class WriterThread {
  readonly #options: WriterThreadOptions;
  #worker: Worker | null = null;
  #waits = false;
  #delayMs = 0;
  #problem = "";
  /** What was told of the last death: of many in a row it is told once. */
  #told = "";
  #hasBegun = false;
  #hasEnded = false;
  #closing = false;
  #isLast = false;

  constructor(options: WriterThreadOptions) {
    this.#options = options;
  }

  /** Starts the first one. */
  start(): void {
    this.#start(false);
  }

  /** Gives it keys. One that dies before it takes them leaves them to the order of the next. */
  give(given: GivenKeyring): void {
    this.#worker?.postMessage(given, []);
  }

  /** Starts no other thread than one, where none is there: the ring is closed. */
  close(): void {
    this.#closing = true;
    if (this.#waits) this.#start(true);
  }

  #start(again: boolean): void {
    this.#waits = false;
    this.#isLast = this.#closing;
    const { start = startWorker, order } = this.#options;
    const worker = start(order(again));
    this.#worker = worker;
    this.#problem = "";
    worker.on("message", (report: ThreadReport) => this.#report(report));
    worker.on("error", (error: Error) => (this.#problem = error.message));
    worker.on("exit", (code) => this.#exited(code));
  }

  #report(report: ThreadReport): void {
    if (report.type === "ready") {
      if (this.#hasBegun) this.#options.onAlarm("info", "the journal is written again", "");
      this.#hasBegun = true;
    }
    if (report.type === "committed") {
      this.#delayMs = 0;
      this.#told = "";
    }
    if (report.type === "refused") this.#problem = report.problem;
    if (report.type === "ended") this.#hasEnded = true;
    this.#options.onReport(report);
  }

  #exited(code: number): void {
    this.#worker = null;
    const problem = this.#problem === "" ? `it ended with code ${code}` : this.#problem;
    const { delay, onAlarm, onEnd } = this.#options;
    const isGivenUp = this.#delayMs > 0 && delay === undefined;
    if (this.#hasEnded || !this.#hasBegun || this.#isLast || isGivenUp) return onEnd(problem);
    if (problem !== this.#told)
      onAlarm("error", "the journal's thread failed: another one is started", problem);
    this.#told = problem;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(Math.max(delayMs * 2, FIRST_DELAY_MS), LAST_DELAY_MS);
    if (this.#closing || delayMs === 0) return this.#start(true);
    this.#waits = true;
    void delay?.(delayMs).then(() => {
      if (this.#waits) this.#start(true);
    });
  }
}
