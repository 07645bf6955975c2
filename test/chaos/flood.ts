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

const USER = "flood";
const SEND_EVERY_MS = 100;
const AT_ONCE = 5;

/**
 * One user with a connection at each gate who sends five times the rate, and comes back when he is closed for it (4429). Both gates together
 * let through the rate; while they are on their own, each its share of it: one rate and one burst more.
 */
export class Flood {
  readonly #callers: Callers;
  readonly #application: Application;
  readonly #sockets = new Map<Gate, WebSocket>();
  readonly #timer: NodeJS.Timeout;
  readonly #begunAt: number = performance.now();
  #offered = 0;
  #opened = 0;
  #isOver = false;

  constructor(callers: Callers, application: Application, gates: readonly Gate[]) {
    this.#callers = callers;
    this.#application = application;
    for (const gate of gates) void this.#open(gate);
    this.#timer = setInterval(() => this.#send(), SEND_EVERY_MS);
  }

  /** What came of it so far. */
  figures(): FloodFigures {
    const { rate, burst } = limits;
    const seconds = (performance.now() - this.#begunAt) / 1000;
    const [lease, credit] = [burst / 4, burst / 16];
    // Of each of its connections one message passes before anything is counted.
    const ahead = 2 * (lease + 2 * (credit + 1)) + this.#opened;
    const most = Math.ceil(2 * (burst + rate * seconds) + ahead);
    return { offered: this.#offered, passed: this.#application.messagesOf(USER), most };
  }

  /** Sends nothing more. */
  close(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const socket of this.#sockets.values()) socket.terminate();
  }

  async #open(gate: Gate): Promise<void> {
    const { socket } = await this.#callers.connect(gate, { user: USER, route: "/open" });
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
