import type { WorkProgress } from "../../hosts/dashboard/policy-message.ts";
import { problemOf } from "../../problem-of.ts";
import { type DeskThread, startDeskThread } from "./desk-thread.ts";

/** A work that takes long, running or done. */
export interface WorkState<Result> {
  readonly state: "running" | "done" | "failed";
  readonly by: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly progress: WorkProgress;
  readonly result: Result | null;
  readonly problems: readonly string[];
}

/** What came of it. */
export type WorkDone<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly problems: readonly string[] };

const NOTHING: WorkProgress = { done: 0, of: 0, records: 0 };

/** One work at a time, in a thread of its own that ends with it; what came of the last one stays. */
export class DeskWork<Result> {
  #thread: DeskThread | null = null;
  #state: WorkState<Result> | null = null;

  /** The last one, or the one that runs; `null`: there was none. */
  get state(): WorkState<Result> | null {
    return this.#state;
  }

  /** Begins one, unless one runs; answers whether it did. @param by who asked for it */
  begin(by: string, work: (thread: DeskThread) => Promise<WorkDone<Result>>): boolean {
    if (this.#thread !== null) return false;
    const startedAt = new Date().toISOString();
    this.#state = { state: "running", by, startedAt, progress: NOTHING, result: null, problems: [] };
    const thread = startDeskThread(
      (progress) => this.#change(thread, { progress }),
      () => {},
    );
    this.#thread = thread;
    void this.#finish(thread, work);
    return true;
  }

  /** Ends the one that runs; answers whether there was one. */
  cancel(): boolean {
    const thread = this.#thread;
    if (thread === null) return false;
    this.#change(thread, { state: "failed", problems: ["it was ended before it was done"] });
    this.#thread = null;
    thread.end();
    return true;
  }

  async #finish(thread: DeskThread, work: (thread: DeskThread) => Promise<WorkDone<Result>>): Promise<void> {
    try {
      const done = await work(thread);
      if (done.ok) this.#change(thread, { state: "done", result: done.result });
      else this.#change(thread, { state: "failed", problems: done.problems });
    } catch (error) {
      this.#change(thread, { state: "failed", problems: [problemOf(error)] });
    }
    if (this.#thread === thread) this.#thread = null;
    thread.end();
  }

  /** What a thread tells that was ended changes nothing. */
  #change(thread: DeskThread, change: Partial<WorkState<Result>>): void {
    if (this.#state !== null && this.#thread === thread) this.#state = { ...this.#state, ...change };
  }
}
