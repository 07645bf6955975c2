import { setTimeout as delay } from "node:timers/promises";
import type { SessionsElsewhere } from "../hosts/gate.ts";
import type { Reloaded } from "../hosts/reevaluate.ts";
import type { SignalBatch } from "../hosts/watch-relay.ts";
import type { RelayReceiver } from "../journal/relay-receiver.ts";
import type { Config } from "../policy/effective-config.ts";
import type { WorkerDesk } from "../state/worker-desk.ts";
import type { Opened } from "./running-gate.ts";
import { exitCodes } from "./terminal.ts";
import { configData, type PrimaryAnswers, type WorkerOrder } from "./worker-order.ts";
import { startWorker, type WorkerEnd, type WorkerProcess } from "./worker-process.ts";

/** What a worker's place needs of the gate. */
export interface WorkerSlotOptions {
  /** From 1. */
  readonly number: number;
  /** The configuration in force. */
  readonly config: () => Config;
  /** What a worker that starts now is told, beside its number and configuration. */
  readonly order: () => Omit<WorkerOrder, "worker" | "config">;
  /** Who answers a worker that starts now. */
  readonly desk: () => WorkerDesk;
  /** Takes what a worker that starts now records; `null`: there is no journal. */
  readonly relay: () => RelayReceiver | null;
  /** Takes what workers have for the watch. */
  readonly signals: (batch: SignalBatch) => void;
  /** Takes what workers have for the outputs. */
  readonly events: PrimaryAnswers["events"];
  /** Takes what workers have for who looks at events. */
  readonly seen: PrimaryAnswers["seen"];
  /** The sessions of all workers, whoever asks. */
  readonly elsewhere: SessionsElsewhere;
  /** A worker listens; for the log. */
  readonly onReady: (what: string) => void;
  /** A worker ended that was not asked to, or did not come to listen again; for the log. */
  readonly onLoss: (what: string) => void;
}

/** A worker that does not answer in this time is left out of an answer that is about all. */
const ANSWER_WITHIN_MS = 3000;
/** Compiling may read files and fetch keys. */
const PREPARE_WITHIN_MS = 30_000;
/** The connections are ended after 20 s at most: who is not gone by then hangs. */
const DRAIN_WITHIN_MS = 25_000;
/** A worker that dies is replaced at once; one that dies again and again, ever later. */
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 10_000;
/** A worker that ran this long did not fail at its start. */
const RAN_WELL_MS = 10_000;

/** The place of one worker: its process may be another one tomorrow. */
export class WorkerSlot {
  readonly #options: WorkerSlotOptions;
  readonly #stopping = new AbortController();
  #process: WorkerProcess | null = null;
  /** What the process has in force; `null` until it listens. */
  #inForce: Config | null = null;
  /** What the process could put in force now. */
  #prepared: Config | null = null;
  #restartMs = FIRST_RESTART_MS;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
  }

  /** From 1. */
  get number(): number {
    return this.#options.number;
  }

  /** Whether its process listens. */
  get isReady(): boolean {
    return this.#inForce !== null;
  }

  /** Starts a process. From then on, if it comes to listen, another takes its place when it ends. */
  async start(): Promise<Opened> {
    const { desk, elsewhere, relay, signals, events, seen } = this.#options;
    const process = startWorker({ desk: desk(), elsewhere, relay: relay(), signals, events, seen });
    this.#process = process;
    const config = this.#options.config();
    const order = { ...this.#options.order(), worker: this.number, config: configData(config) };
    const opened = await process.ask("open", order).catch((error: unknown) => this.#endedEarly(error));
    if (!opened.ok) {
      process.kill();
      await process.ended;
      return opened;
    }
    this.#inForce = config;
    this.#options.onReady(`worker ${this.number}, process ${process.pid}`);
    void this.#replaceWhenEnded(process);
    if (this.#options.config() !== config) await this.#catchUp();
    return opened;
  }

  /** Asks the process, if it listens; `null` when it does not answer in time. */
  async ask<Value>(
    question: (worker: WorkerProcess) => Promise<Value>,
    withinMs: number = ANSWER_WITHIN_MS,
  ): Promise<Value | null> {
    if (this.#process === null || !this.isReady) return null;
    const answered = new AbortController();
    const late = delay(withinMs, null, { signal: answered.signal });
    return await Promise.race([question(this.#process), late])
      .catch(() => null)
      .finally(() => answered.abort());
  }

  /** Tells the process something, also one that is still to listen. */
  tell(tell: (worker: WorkerProcess) => void): void {
    if (this.#process !== null) tell(this.#process);
  }

  /** Has the process make everything ready for a configuration. What is wrong with it; a process that dies finds nothing wrong. */
  async prepare(config: Config): Promise<readonly string[]> {
    const process = this.#process;
    if (!this.isReady) return [];
    const problems = await this.ask((worker) => worker.ask("prepare", configData(config)), PREPARE_WITHIN_MS);
    if (problems?.length === 0 && process === this.#process) this.#prepared = config;
    if (problems === null && process === this.#process && this.isReady)
      return [`worker ${this.number} does not answer`];
    return problems ?? [];
  }

  /** Has the process put the configuration in force that is in force from now on; `null`: there is no process, or none that answers. */
  async commit(): Promise<Reloaded | null> {
    const config = this.#options.config();
    if (!this.isReady) return null;
    if (this.#prepared !== config) return this.#catchUp();
    this.#inForce = config;
    this.#prepared = null;
    return this.ask((worker) => worker.ask("commit"), PREPARE_WITHIN_MS);
  }

  /** Has the process let go of what it prepared. */
  abandon(): void {
    this.#prepared = null;
    this.tell((worker) => worker.tell("abandon"));
  }

  /** Has the process drain and end; none takes its place. Resolves when it is gone. */
  async drain(): Promise<void> {
    this.#stopping.abort();
    const process = this.#process;
    if (process === null) return;
    const drained = await this.ask((worker) => worker.ask("drain").then(() => true), DRAIN_WITHIN_MS);
    if (drained === null) process.kill();
    process.release();
    const stuck = setTimeout(() => process.kill(), ANSWER_WITHIN_MS);
    await process.ended;
    clearTimeout(stuck);
  }

  /** Ends the process at once; none takes its place. */
  kill(): void {
    this.#stopping.abort();
    this.#process?.kill();
  }

  /** A process that listens with what was in force when it started, and not any more. */
  async #catchUp(): Promise<Reloaded | null> {
    const problems = await this.prepare(this.#options.config());
    if (problems.length === 0) return this.commit();
    this.#options.onLoss(`worker ${this.number} cannot follow a reload: ${problems.join("; ")}`);
    this.#process?.kill();
    return null;
  }

  async #replaceWhenEnded(process: WorkerProcess): Promise<void> {
    const startedAt = performance.now();
    const end = await process.ended;
    this.#process = null;
    this.#inForce = null;
    this.#prepared = null;
    if (this.#stopping.signal.aborted) return;
    this.#options.onLoss(`worker ${this.number}, process ${process.pid}, ${howItEnded(end)}`);
    if (performance.now() - startedAt > RAN_WELL_MS) this.#restartMs = FIRST_RESTART_MS;
    while (await this.#wait()) {
      const opened = await this.start();
      if (opened.ok) return;
      const why = "failure" in opened ? opened.failure.message : opened.problems.map(({ found }) => found);
      this.#options.onLoss(`worker ${this.number} does not start: ${String(why)}`);
    }
  }

  /** Waits until the next try. Whether there is to be one. */
  async #wait(): Promise<boolean> {
    const ms = this.#restartMs;
    this.#restartMs = Math.min(LAST_RESTART_MS, ms * 2);
    await delay(ms, null, { signal: this.#stopping.signal }).catch(() => null);
    return !this.#stopping.signal.aborted;
  }

  #endedEarly(error: unknown): Opened & { readonly ok: false } {
    const message = `worker ${this.number} ended before it listened: ${String(error)}`;
    return { ok: false, failure: { message, exitCode: exitCodes.usage } };
  }
}

function howItEnded({ code, signal }: WorkerEnd): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
