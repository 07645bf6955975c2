import type { WebSocket } from "ws";

import type { Application } from "./application.ts";
import type { Callers } from "./callers.ts";
import { type Gate, limits } from "./gate.ts";

/** What a user who sends too fast got through. */
export interface FloodFigures {
  readonly offered: number;
  readonly passed: number;
  /** What may pass at most. */
  readonly most: number;
}

const SEND_EVERY_MS = 100;
const AT_ONCE = 5;

/** Who floods, and where. */
export interface FloodOptions {
  readonly callers: Callers;
  readonly application: Application;
  readonly gates: readonly Gate[];
  readonly user: string;
}

/**
 * One user with a connection at each gate who sends five times the rate, and comes back when he is closed for it (4429). Both gates together
 * let through the rate; while they are on their own, each its share of it: one rate and one burst more.
 */
export class Flood {
  readonly #options: FloodOptions;
  readonly #sockets = new Map<Gate, WebSocket>();
  readonly #timer: NodeJS.Timeout;
  readonly #begunAt: number = performance.now();
  #offered = 0;
  #opened = 0;
  #isOver = false;

  constructor(options: FloodOptions) {
    this.#options = options;
    for (const gate of options.gates) void this.#open(gate);
    this.#timer = setInterval(() => this.#send(), SEND_EVERY_MS);
  }

  /** What came of it so far. */
  figures(): FloodFigures {
    const { rate, burst } = limits;
    const { application, user } = this.#options;
    const seconds = (performance.now() - this.#begunAt) / 1000;
    const [lease, credit] = [burst / 4, burst / 16];
    // Of each of its connections one message passes before anything is counted.
    const ahead = 2 * (lease + 2 * (credit + 1)) + this.#opened;
    const most = Math.ceil(2 * (burst + rate * seconds) + ahead);
    return { offered: this.#offered, passed: application.messagesOf(user), most };
  }

  /** Sends nothing more. */
  close(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const socket of this.#sockets.values()) socket.terminate();
  }

  async #open(gate: Gate): Promise<void> {
    const { callers, user } = this.#options;
    const { socket } = await callers.connect(gate, { user, route: "/open" });
    if (socket === null) return this.#again(gate);
    if (this.#isOver) return socket.terminate();
    this.#opened += 1;
    this.#sockets.set(gate, socket);
    socket.once("close", () => {
      this.#sockets.delete(gate);
      this.#again(gate);
    });
  }

  #again(gate: Gate): void {
    if (!this.#isOver) setTimeout(() => void this.#open(gate), 500);
  }

  #send(): void {
    for (const socket of this.#sockets.values()) {
      if (socket.readyState !== socket.OPEN) continue;
      for (let sent = 0; sent < AT_ONCE; sent++) socket.send("flood");
      this.#offered += AT_ONCE;
    }
  }
}
