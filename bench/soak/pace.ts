import { performance } from "node:perf_hooks";
import { WebSocket } from "ws";

/** A client that takes longer than this lost the rest to load, milliseconds. */
const USUAL_MS = 250;
const BETWEEN_MS = 100;

/**
 * How fast clients, gateway and application get on together: one more client that connects, sends a message, waits for its echo,
 * closes and comes again. A machine that is busy with other things is slow for everybody, and what is late then is not the
 * gate's doing. Connecting is part of it: a process of Node accepts one connection in each turn of its loop, however long that is.
 */
export class Pace {
  readonly #url: string;
  readonly #echoMs: number[] = [];
  #lostMs = 0;
  #beganAt: number | null = null;
  #stopped = false;

  constructor(url: string) {
    this.#url = url;
    this.#come();
  }

  /** The time that passed less what was lost to load, milliseconds. */
  now(): number {
    const waiting = this.#beganAt === null ? 0 : lost(performance.now() - this.#beganAt);
    return performance.now() - this.#lostMs - waiting;
  }

  /** The time that this part of them (0 to 1) took at most, milliseconds. */
  echoMs(part: number): number {
    const sorted = this.#echoMs.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  }

  stop(): void {
    this.#stopped = true;
  }

  #come(): void {
    if (this.#stopped) return;
    this.#beganAt = performance.now();
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    socket.on("error", () => undefined);
    socket.on("open", () => socket.send("pace"));
    socket.on("message", () => {
      this.#arrive();
      socket.close(1000);
    });
    socket.on("close", () => {
      this.#arrive();
      setTimeout(() => this.#come(), BETWEEN_MS);
    });
  }

  #arrive(): void {
    if (this.#beganAt === null) return;
    const echoMs = performance.now() - this.#beganAt;
    this.#echoMs.push(echoMs);
    this.#lostMs += lost(echoMs);
    this.#beganAt = null;
  }
}

function lost(echoMs: number): number {
  return Math.max(0, echoMs - USUAL_MS);
}
