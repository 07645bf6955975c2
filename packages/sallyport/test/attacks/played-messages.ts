import { setTimeout as wait } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Connection } from "../../src/hosts/connection.ts";
import { listen, type ListenServer } from "../../src/hosts/listen.ts";
import { maySendCloseCode } from "../../src/protocol/close-code.ts";
import { FrameParser } from "../../src/protocol/frame-parser.ts";
import { applyMask } from "../../src/protocol/mask.ts";
import { caseBytes, type FrameCase } from "../frame-case.ts";
import { recordEvents } from "../gateway/harness.ts";
import { openRaw, op, type RawPeer } from "../gateway/raw-client.ts";
import { openRoute } from "../hosts/guarded-server.ts";

/** A message or control frame, whatever fragments it came in. */
interface Item {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Reads what one end sent, message by message, over all steps of a case. What is broken ends it. */
class Reader {
  readonly #parser: FrameParser;
  readonly #masked: boolean;
  #pieces: Buffer[] = [];
  #data: Buffer[] = [];
  #opcode = 0;

  constructor(masked: boolean) {
    this.#masked = masked;
    this.#parser = new FrameParser(masked);
  }

  get isBroken(): boolean {
    return this.#parser.violation !== null;
  }

  get isHalf(): boolean {
    return this.#parser.midFrame || this.#opcode !== 0;
  }

  read(bytes: Buffer): readonly Item[] {
    const parser = this.#parser;
    const items: Item[] = [];
    parser.feed(bytes);
    for (let token = parser.next(); token !== "more" && token !== "violation"; token = parser.next()) {
      if (token === "header") continue;
      const piece = Buffer.from(bytes.subarray(parser.payloadStart, parser.payloadEnd));
      if (this.#masked) applyMask(piece, piece, parser.maskKey, parser.payloadOffset);
      this.#pieces.push(piece);
      if (parser.payloadDone) items.push(...this.#end(parser));
    }
    return items;
  }

  #end({ opcode, fin }: FrameParser): readonly Item[] {
    const payload = Buffer.concat(this.#pieces.splice(0));
    if (opcode >= op.close) return [{ opcode, payload }];
    if (opcode !== op.continuation) this.#opcode = opcode;
    this.#data.push(payload);
    if (!fin) return [];
    const whole = { opcode: this.#opcode, payload: Buffer.concat(this.#data.splice(0)) };
    this.#opcode = 0;
    return [whole];
  }
}

const codeOf = (payload: Buffer): number => (payload.length === 0 ? 1005 : payload.readUInt16BE(0));

/** What an application that sends messages cannot do: what no message is, or what the gate does for it. */
export function isPlayableByMessages({ steps, guards }: FrameCase): boolean {
  if (guards["messageSize"]?.["stream"] === true) return false;
  const reader = new Reader(false);
  let isAnswering = false;
  return steps.every(([verb, side, ...words]) => {
    if (verb === ">" && side === "client" && new Reader(true).read(caseBytes(words)).some(isClose))
      isAnswering = true;
    if (side !== "application" || verb === "<" || verb === "ended" || verb === "destroyed") return true;
    if (verb !== ">") return false;
    const items = reader.read(caseBytes(words));
    if (reader.isBroken || reader.isHalf || items.some(({ opcode }) => opcode === op.ping)) return false;
    const [first] = items;
    // What it would still say behind the client's Close: the gate has answered that by then.
    if (isAnswering && first !== undefined && !isClose(first)) return false;
    return items.every((item) => !isClose(item) || isGoodClose(item.payload));
  });
}

function isClose({ opcode }: Item): boolean {
  return opcode === op.close;
}

function isGoodClose(payload: Buffer): boolean {
  return payload.length === 0 || (payload.length > 1 && maySendCloseCode(codeOf(payload)));
}

/** Plays a golden frame case with an application that takes and sends messages. @returns what was not as expected */
export async function playByMessages({ guards, steps }: FrameCase): Promise<readonly string[]> {
  const told = recordEvents();
  const opened = Promise.withResolvers<Connection>();
  const received: Item[] = [];
  const server = await listen(
    { listen: { address: "127.0.0.1:0", tls: "off" }, routes: [{ ...openRoute, ...guards }] },
    {
      open: opened.resolve,
      message: (_connection, data) =>
        void received.push({
          opcode: typeof data === "string" ? op.text : op.binary,
          payload: Buffer.from(data),
        }),
    },
    { onEvent: told.emit },
  );
  onTestFinished(() => server.close({ batch: 1000, pauseMs: 0, withinMs: 200 }));
  const client = await openRaw(Number(new URL(server.urls[0] ?? "").port));
  const played = new PlayedByMessages({ client, connection: await opened.promise, received });
  for (const [verb = "", ...words] of steps) await played.step(verb, words);
  const decisions = told.events.flatMap((event) =>
    event.type === "decision" ? [`${event.verdict} ${event.code}`] : [],
  );
  return await played.finish(server, decisions);
}

class PlayedByMessages {
  readonly #client: RawPeer;
  readonly #connection: Connection;
  readonly #received: Item[];
  readonly #said = { client: new Reader(true), application: new Reader(false) };
  readonly #toApplication: Item[] = [];
  readonly #toClient: Item[] = [];
  readonly #events: string[] = [];
  readonly #mismatches: string[] = [];
  #answered = false;
  #vanished = false;

  constructor(ends: { client: RawPeer; connection: Connection; received: Item[] }) {
    this.#client = ends.client;
    this.#connection = ends.connection;
    this.#received = ends.received;
  }

  async step(verb: string, words: readonly string[]): Promise<void> {
    const [side = "", ...rest] = words;
    if (verb === "event") return void this.#events.push(words.join(" "));
    if (side === "application") return await this.#atApplication(verb, rest);
    if (verb === ">") {
      const bytes = caseBytes(rest);
      this.#toApplication.push(...this.#said.client.read(bytes));
      this.#client.send(bytes);
    } else if (verb === "<") await this.#atClient(rest);
    else if (verb === "ends" || verb === "gone") {
      this.#vanished = !this.#answered;
      if (verb === "ends") this.#client.socket.end();
      else this.#client.socket.destroy();
    } else if (verb === "ended" || verb === "destroyed") await this.#client.ended();
    else throw new Error(`cannot be played: ${verb}`);
  }

  async finish(server: ListenServer, decisions: readonly string[]): Promise<readonly string[]> {
    this.#equal(decisions.join(), this.#events.join());
    this.#equal(this.#client.waiting.toString("hex"), "");
    this.#equal(this.#received.length, 0);
    this.#client.socket.destroy();
    const until = performance.now() + 30_000;
    while (server.size > 0 && performance.now() < until) await wait(5);
    this.#equal(server.size, 0);
    return this.#mismatches;
  }

  async #atApplication(verb: string, words: readonly string[]): Promise<void> {
    if (verb === ">") return this.#say(this.#said.application.read(caseBytes(words)));
    // That is its socket, which it has not.
    if (verb === "ended" || verb === "destroyed") return;
    const [word = "", code] = words;
    if (word === "nothing") return this.#equal(this.#received.length, 0);
    // A client that vanished is 1006 here, as the platform has it; an application elsewhere is sent a Close, with 1001.
    const wantedCode = this.#vanished ? 1006 : Number(code ?? 1005);
    if (word === "close") return this.#equal((await this.#connection.closed).code, wantedCode);
    const wanted = word === "same" ? this.#toApplication : new Reader(true).read(caseBytes(words));
    for (const item of wanted.slice()) await this.#hears(item);
    this.#toApplication.splice(0);
  }

  #say(items: readonly Item[]): void {
    for (const { opcode, payload } of items) {
      if (opcode === op.pong || (opcode === op.close && this.#answered)) continue;
      this.#toClient.push({ opcode, payload });
      if (opcode !== op.close) void this.#connection.send(payload, { binary: opcode === op.binary });
      else if (payload.length === 0) this.#connection.close();
      else this.#connection.close(codeOf(payload), payload.toString("utf8", 2));
      // Who began it answers nothing.
      if (opcode === op.close) this.#answered = true;
    }
  }

  /** What the application hears of what the client said; what it does not hear, the client is answered. */
  async #hears({ opcode, payload }: Item): Promise<void> {
    if (opcode === op.pong) return;
    if (opcode === op.ping) return this.#isFrame({ opcode: op.pong, payload });
    if (opcode === op.close && this.#answered) return;
    if (opcode === op.close) {
      const frame = await this.#client.readFrame();
      this.#equal(`${frame.opcode} ${codeOf(frame.payload)}`, `${op.close} ${codeOf(payload)}`);
      this.#answered = true;
      return;
    }
    const until = performance.now() + 30_000;
    while (this.#received.length === 0 && performance.now() < until) await wait(1);
    const got = this.#received.shift();
    this.#equal(`${got?.opcode} ${got?.payload.toString("hex")}`, `${opcode} ${payload.toString("hex")}`);
  }

  async #atClient(words: readonly string[]): Promise<void> {
    const [word = "", code] = words;
    if (word === "nothing") return this.#equal(this.#client.waiting.toString("hex"), "");
    if (word === "close" || word === "ping") {
      const frame = await this.#client.readFrame();
      const got =
        frame.opcode === op.close && code !== undefined ? `8 ${codeOf(frame.payload)}` : `${frame.opcode}`;
      return this.#equal(got, [op[word], ...words.slice(1)].join(" "));
    }
    const wanted = word === "same" ? this.#toClient : new Reader(false).read(caseBytes(words));
    for (const item of wanted.slice()) await this.#isFrame(item);
    this.#toClient.splice(0);
  }

  async #isFrame({ opcode, payload }: Item): Promise<void> {
    const frame = await this.#client.readFrame();
    this.#equal(`${frame.opcode} ${frame.payload.toString("hex")}`, `${opcode} ${payload.toString("hex")}`);
  }

  #equal(got: string | number, wanted: string | number): void {
    if (got !== wanted)
      this.#mismatches.push(`${String(got).slice(0, 200)}, wanted ${String(wanted).slice(0, 200)}`);
  }
}
