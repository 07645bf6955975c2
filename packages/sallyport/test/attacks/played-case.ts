import type { IncomingMessage } from "node:http";
import type { Side } from "../../src/session/session-port.ts";
import { caseBytes, sideOf, type FrameCase } from "../frame-case.ts";
import { openRaw, op, RawPeer, switchingHead } from "../gateway/raw-client.ts";
import {
  guardServer,
  openRoute,
  upgradeServer,
  type GuardedServer,
  type HostName,
} from "../hosts/guarded-server.ts";
import { sessionsLeft } from "./attack-suite.ts";

/** Whether a case can be played over sockets: one that turns the clock cannot. */
export function isPlayable({ steps }: FrameCase): boolean {
  return steps.every(([verb]) => verb !== "at");
}

/**
 * Plays a golden frame case through a real host, with an application that speaks in bytes.
 *
 * @returns what was not as expected; empty when the case holds and no session is left
 */
export async function playCase(host: HostName, { guards, steps }: FrameCase): Promise<readonly string[]> {
  const accepted: RawPeer[] = [];
  const server = upgradeServer((request) => accepted.push(accept(request)));
  const guarded = await guardServer(host, server, { routes: [{ ...openRoute, ...guards }] });
  const client = await openRaw(guarded.port);
  const [application] = accepted;
  if (application === undefined) throw new Error("the application was not asked");
  const played = new PlayedCase({ client, application });
  for (const [verb = "", ...words] of steps) await played.step(verb, words);
  return played.finish(guarded);
}

/** Takes an upgrade that a server was handed. */
function accept({ socket, headers }: IncomingMessage): RawPeer {
  return new RawPeer(socket).send(switchingHead(`Sec-WebSocket-Key: ${headers["sec-websocket-key"]}\r\n`));
}

class PlayedCase {
  readonly #peers: Readonly<Record<Side, RawPeer>>;
  readonly #sent: Record<Side, Uint8Array[]> = { client: [], application: [] };
  readonly #decisions: string[] = [];
  readonly #mismatches: string[] = [];

  constructor(peers: Readonly<Record<Side, RawPeer>>) {
    this.#peers = peers;
  }

  async step(verb: string, words: readonly string[]): Promise<void> {
    if (verb === "event") return void this.#decisions.push(words.join(" "));
    const side = sideOf(words[0]);
    const { socket } = this.#peers[side];
    if (verb === ">") this.#send(side, caseBytes(words.slice(1)));
    else if (verb === "<") await this.#look(side, words.slice(1));
    else if (verb === "ends") socket.end();
    else if (verb === "gone") socket.destroy();
    else if (verb === "ended" || verb === "destroyed") await this.#peers[side].ended();
    else throw new Error(`cannot be played: ${verb}`);
  }

  /** Nothing more came to anybody, what was decided is what the case says, and the session ends with its peers. */
  async finish(guarded: GuardedServer): Promise<readonly string[]> {
    const told = guarded.events.flatMap((event) =>
      event.type === "decision" ? [`${event.verdict} ${event.code}`] : [],
    );
    this.#equal(told.join(), this.#decisions.join());
    for (const { socket, waiting } of Object.values(this.#peers)) {
      this.#equal(waiting.toString("hex"), "");
      socket.destroy();
    }
    this.#equal(`${await sessionsLeft(guarded)} sessions left`, "0 sessions left");
    return this.#mismatches;
  }

  #equal(got: string, wanted: string): void {
    if (got !== wanted) this.#mismatches.push(`${got.slice(0, 200)}, wanted ${wanted.slice(0, 200)}`);
  }

  #send(side: Side, bytes: Buffer): void {
    this.#sent[side].push(bytes);
    this.#peers[side].send(bytes);
  }

  async #look(side: Side, words: readonly string[]): Promise<void> {
    const peer = this.#peers[side];
    const [word = ""] = words;
    if (word === "nothing") return this.#equal(peer.waiting.toString("hex"), "");
    if (word === "close" || word === "ping") {
      const { opcode, payload } = await peer.readFrame();
      const code = opcode === op.close && payload.length > 0 ? ` ${payload.readUInt16BE(0)}` : "";
      return this.#equal(`${opcode}${code}`, [op[word], ...words.slice(1)].join(" "));
    }
    const other: Side = side === "client" ? "application" : "client";
    const wanted = word === "same" ? Buffer.concat(this.#sent[other].splice(0)) : caseBytes(words);
    this.#equal((await peer.bytes(wanted.length)).toString("hex"), wanted.toString("hex"));
  }
}
