import type { WebSocket } from "ws";

import { type RunningApplication, startApplication } from "../shared/application.ts";
import { Visitors } from "../shared/visitors.ts";
import { Board, type Player } from "./board.ts";
import { flagFrames, placesFrame, readFrame, rosterFrame } from "./frames.ts";

/** Sixty times a second. */
const tickMs = 1000 / 60;
const rosterMs = 500;

/** A player and their connection. */
interface Seat {
  readonly player: Player;
  readonly socket: WebSocket;
}

/** The game at one board: what is said by those who sit there, and what they are told. */
class Game {
  readonly #board = new Board();
  readonly #seats = new Set<Seat>();
  readonly #timers = [
    setInterval(() => this.#tick(), tickMs),
    setInterval(() => this.#tellRoster(), rosterMs),
  ];

  /** Seats somebody; where the board is full they are sent away. */
  seat(socket: WebSocket, name: string): void {
    const player = this.#board.join(name);
    if (player === null) return socket.close(1013, "the board is full");
    const seat = { player, socket };
    this.#seats.add(seat);
    socket.on("message", (data: Buffer) => this.#hear(player, data));
    socket.once("close", () => {
      this.#seats.delete(seat);
      this.#board.leave(player);
      this.#tellRoster();
    });
    this.#tellRoster();
    for (const frame of [placesFrame(this.#board.players), ...flagFrames(this.#board.flags())])
      socket.send(frame);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #hear(player: Player, data: Buffer): void {
    const frame = readFrame(data);
    if (frame?.is === "step") this.#board.step(player, frame.right, frame.down);
    else if (frame?.is === "flag") this.#board.plant(player, frame.column, frame.row);
  }

  #tick(): void {
    const { moved, flags } = this.#board.takeChanges();
    const frames = [...(moved.length === 0 ? [] : [placesFrame(moved)]), ...flagFrames(flags)];
    for (const { socket } of this.#seats) for (const frame of frames) socket.send(frame);
  }

  #tellRoster(): void {
    const { players } = this.#board;
    for (const { socket, player } of this.#seats) socket.send(rosterFrame(players, player));
  }
}

/**
 * Starts the board on loopback: its page at `/`, its WebSocket at `/play`. `port` 0 takes a free one. It believes what its players send:
 * where somebody is, it reckons from the steps that they say they took.
 */
export async function startGame(port: number): Promise<RunningApplication> {
  const game = new Game();
  const running = await startApplication(port, {
    page: {
      directory: new URL("page/", import.meta.url),
      names: ["index.html", "game.css", "game.js"],
    },
    visitors: new Visitors("game-session"),
    path: "/play",
    converse: (socket, { name }) => game.seat(socket, name),
  });
  const close = async (): Promise<void> => {
    game.stop();
    await running.close();
  };
  return { port: running.port, close };
}

if (import.meta.main) {
  const { port } = await startGame(Number(process.env["PORT"] ?? 8084));
  console.log(`the board on http://localhost:${port}`);
}
