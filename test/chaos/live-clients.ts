import type { WebSocket } from "ws";

import type { Callers } from "./callers.ts";
import type { Gate } from "./gate.ts";
import { until } from "./until.ts";

/** What became of open connections. */
export interface LiveFigures {
  readonly opened: number;
  /** Those that ended, whatever the reason. */
  readonly ended: number;
  /** Messages that came back. */
  readonly messages: number;
  /** Messages that are not back, of connections that are open. */
  readonly missing: number;
  /** Messages that came back twice, altered or in another order. */
  readonly wrong: number;
  /** From a message's sending to its return, the longest, milliseconds. */
  readonly longestMs: number;
}

interface Live {
  readonly socket: WebSocket;
  readonly gate: Gate;
  /** When what is under way was sent, in order. */
  readonly sentAt: number[];
  sent: number;
  back: number;
  isOpen: boolean;
}

const SEND_EVERY_MS = 100;

/**
 * Clients that stay connected and send a numbered message ten times a second each, whatever happens; the application sends each back. All of them
 * have a rate of their user, which nodes share: a message that waited for the engine would be seen here.
 */
export class LiveClients {
  readonly #all: Live[] = [];
  readonly #user: (name: string) => string;
  readonly #timer: NodeJS.Timeout;
  #longestMs = 0;
  #messages = 0;
  #wrong = 0;

  /** @param user makes a name that nobody else has */
  constructor(user: (name: string) => string) {
    this.#user = user;
    this.#timer = setInterval(() => this.#send(), SEND_EVERY_MS);
  }

  /** Opens some more at a gate, alternately on both routes. Each is a user of its own. */
  async open(callers: Callers, gate: Gate, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const user = this.#user(`live-${gate.name}-${this.#all.length}`);
      const route = index % 2 === 0 ? "/closed" : "/open";
      const { status, socket } = await callers.connect(gate, { user, route });
      if (socket === null) throw new Error(`a live client of ${gate.name} got ${status}`);
      const live: Live = { socket, gate, sentAt: [], sent: 0, back: 0, isOpen: true };
      socket.on("message", (data) => this.#came(live, Buffer.isBuffer(data) ? data.toString() : ""));
      socket.on("close", () => (live.isOpen = false));
      this.#all.push(live);
    }
  }

  /**
   * Resolves when every connection of these gates got back `count` messages that were sent after this call: so nothing that is so
   * meanwhile holds messages up. Rejects when one ends.
   */
  async flow(gates: readonly Gate[], count = 5): Promise<void> {
    const marks = this.#all
      .filter(({ gate }) => gates.includes(gate))
      .map((live) => ({ live, from: live.sent }));
    await until("messages flow on all open connections", () => {
      const ended = marks.find(({ live }) => !live.isOpen);
      if (ended !== undefined) throw new Error(`a live connection of ${ended.live.gate.name} ended`);
      return marks.every(({ live, from }) => live.back >= from + count);
    });
  }

  /** What has become of those of some gates, or of all. */
  figures(gates?: readonly Gate[]): LiveFigures {
    const some = this.#all.filter(({ gate }) => gates?.includes(gate) ?? true);
    const open = some.filter(({ isOpen }) => isOpen);
    const now = performance.now();
    const waits = open.map(({ sentAt: [oldest = now] }) => now - oldest);
    return {
      opened: some.length,
      ended: some.length - open.length,
      messages: this.#messages,
      missing: open.reduce((sum, { sentAt }) => sum + sentAt.length, 0),
      wrong: this.#wrong,
      longestMs: Math.max(this.#longestMs, ...waits),
    };
  }

  /** Sends nothing more, and waits for what is under way. */
  async settle(): Promise<LiveFigures> {
    clearInterval(this.#timer);
    await until("all messages are back", () => this.figures().missing === 0);
    return this.figures();
  }

  /** Ends all of them. */
  close(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#all) socket.terminate();
  }

  #send(): void {
    for (const live of this.#all) {
      if (!live.isOpen) continue;
      live.sentAt.push(performance.now());
      live.socket.send(String(live.sent++));
    }
  }

  #came(live: Live, text: string): void {
    const sentAt = live.sentAt.shift();
    if (sentAt === undefined || text !== String(live.back)) this.#wrong += 1;
    else this.#longestMs = Math.max(this.#longestMs, performance.now() - sentAt);
    live.back += 1;
    this.#messages += 1;
  }
}
