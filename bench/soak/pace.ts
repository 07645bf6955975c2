import { performance } from "node:perf_hooks";
import { WebSocket } from "ws";

/** An echo that takes longer than this lost the rest to load, milliseconds. */
const USUAL_MS = 100;
const BETWEEN_MS = 100;

/**
 * How fast clients, gateway and application get on together: one more client that sends a message, waits for its echo and sends
 * the next. A machine that is busy with other things is slow for everybody, and what is late then is not the gate's doing.
 */
export class Pace {
  readonly #socket: WebSocket;
  readonly #echoMs: number[] = [];
  #lostMs = 0;
  #sentAt: number | null = null;

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on("error", () => undefined);
    this.#socket.on("open", () => this.#send());
    this.#socket.on("message", () => this.#receive());
  }

  /** The time that passed less what was lost to load, milliseconds. */
  now(): number {
    const waiting = this.#sentAt === null ? 0 : lost(performance.now() - this.#sentAt);
    return performance.now() - this.#lostMs - waiting;
  }

  /** The echo time that this part of them (0 to 1) did not exceed, milliseconds. */
  echoMs(part: number): number {
    const sorted = this.#echoMs.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  }

  stop(): void {
    this.#sentAt = null;
    this.#socket.close();
  }

  #send(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#sentAt = performance.now();
    this.#socket.send("pace");
  }

  #receive(): void {
    if (this.#sentAt === null) return;
    const echoMs = performance.now() - this.#sentAt;
    this.#echoMs.push(echoMs);
    this.#lostMs += lost(echoMs);
    this.#sentAt = null;
    setTimeout(() => this.#send(), BETWEEN_MS);
  }
}

function lost(echoMs: number): number {
  return Math.max(0, echoMs - USUAL_MS);
}
