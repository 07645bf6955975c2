import { randomInt } from "node:crypto";
import { WebSocket, type RawData } from "ws";
import type { Pace } from "./pace.ts";

/** What all steady clients together saw. */
export interface SteadyCounts {
  opened: number;
  sent: number;
  returned: number;
  /** Sent, and not back when the client had waited for it. */
  lost: number;
  /** Back, but not as the next one, or not as it was sent. */
  reordered: number;
  /** Connections that ended without being asked to, or did not open. */
  broken: number;
}

/** Fresh counts. */
export function steadyCounts(): SteadyCounts {
  return { opened: 0, sent: 0, returned: 0, lost: 0, reordered: 0, broken: 0 };
}

/** Milliseconds between two messages of a client, at most. */
const PAUSE_MS = 8000;
/** Messages that leave at once, at most: with the pause far below the rate that is allowed. */
const BURST = 4;
const MAX_BYTES = 4096;
/** A client lives so long and then comes back, milliseconds. */
const LIFE_MS: readonly [number, number] = [60_000, 180_000];
/** How long a message may be on its way, milliseconds of the pace. */
const ECHO_WITHIN_MS = 20_000;
const AGAIN_AFTER_MS = 1000;

/** What steady clients share. */
export interface SteadyPlace {
  readonly url: string;
  readonly counts: SteadyCounts;
  readonly pace: Pace;
}

/**
 * A client that does nothing wrong: it sends numbered messages of all sizes, expects each back once, in order and
 * unchanged, closes when it has them all, and comes back. Runs until the signal.
 */
export async function runSteadyClient(place: SteadyPlace, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await new SteadyConnection(place).live(stop);
    if (!stop.aborted) await pause(AGAIN_AFTER_MS);
  }
}

class SteadyConnection {
  readonly #socket: WebSocket;
  readonly #counts: SteadyCounts;
  readonly #pace: Pace;
  readonly #open: Promise<boolean>;
  readonly #closed: Promise<void>;
  #next = 0;
  #expected: Buffer[] = [];

  constructor({ url, counts, pace }: SteadyPlace) {
    this.#pace = pace;
    this.#counts = counts;
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on("error", () => undefined);
    this.#socket.on("message", (data) => this.#check(data));
    this.#open = new Promise((resolve) => {
      this.#socket.once("open", () => resolve(true));
      this.#socket.once("close", () => resolve(false));
    });
    this.#closed = new Promise((resolve) => this.#socket.once("close", resolve));
  }

  async live(stop: AbortSignal): Promise<void> {
    if (!(await this.#open)) {
      this.#counts.broken += 1;
      return;
    }
    this.#counts.opened += 1;
    const until = performance.now() + randomInt(...LIFE_MS);
    while (performance.now() < until && !stop.aborted && this.#isOpen) {
      const burst = randomInt(1, BURST + 1);
      for (let index = 0; index < burst; index++) this.#send();
      await pause(randomInt(PAUSE_MS), stop);
    }
    await this.#leave();
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  #send(): void {
    const message = Buffer.alloc(4 + randomInt(MAX_BYTES), this.#next);
    message.writeUInt32BE(this.#next++);
    this.#expected.push(message);
    this.#counts.sent += 1;
    this.#socket.send(message);
  }

  #check(data: RawData): void {
    const wanted = this.#expected.shift();
    this.#counts.returned += 1;
    if (!Buffer.isBuffer(data) || wanted?.equals(data) !== true) this.#counts.reordered += 1;
  }

  async #leave(): Promise<void> {
    const until = this.#pace.now() + ECHO_WITHIN_MS;
    while (this.#expected.length > 0 && this.#isOpen && this.#pace.now() < until) await pause(20);
    if (!this.#isOpen) this.#counts.broken += 1;
    this.#counts.lost += this.#expected.length;
    this.#socket.close(1000);
    await this.#closed;
  }
}

/** Waits, or until the signal. */
export function pause(ms: number, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop?.addEventListener("abort", done);
  });
}
