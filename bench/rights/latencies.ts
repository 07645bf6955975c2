import type { WebSocket } from "ws";

/** A message's way there and back. Both milliseconds of this process's clock. */
interface Echo {
  readonly sentAt: number;
  readonly tookMs: number;
}

/** How often each talker sends, milliseconds. */
const EVERY_MS = 50;

/**
 * What talkers feel: each sends a message of 125 B every 50 ms, unless the echo of its last one has not come yet, and they take
 * turns, so that at any moment somebody is on the way.
 */
export class Latencies {
  #echoes: Echo[] = [];
  readonly #timers: NodeJS.Timeout[] = [];

  /** Has these connections talk from now on. */
  talk(sockets: readonly WebSocket[]): void {
    for (const [index, socket] of sockets.entries())
      this.#timers.push(setTimeout(() => this.#talk(socket), (index * EVERY_MS) / sockets.length));
  }

  /** Nobody talks any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Forgets what was measured. */
  clear(): void {
    this.#echoes = [];
  }

  /** @returns the 99th percentile, milliseconds, of what was on its way at any time from `from` to `until` */
  p99(from: number, until: number): number {
    const times = this.#echoes
      .filter(({ sentAt, tookMs }) => sentAt < until && sentAt + tookMs > from)
      .map(({ tookMs }) => tookMs)
      .toSorted((left, right) => left - right);
    return times[Math.floor(times.length * 0.99)] ?? Number.NaN;
  }

  #talk(socket: WebSocket): void {
    const message = "x".repeat(125);
    let sentAt: number | null = null;
    socket.on("message", () => {
      if (sentAt === null) return;
      this.#echoes.push({ sentAt, tookMs: performance.now() - sentAt });
      sentAt = null;
    });
    const timer = setInterval(() => {
      if (sentAt !== null) return;
      sentAt = performance.now();
      socket.send(message);
    }, EVERY_MS);
    this.#timers.push(timer);
  }
}
