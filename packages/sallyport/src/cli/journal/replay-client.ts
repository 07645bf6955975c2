import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import type { Duplex } from "node:stream";
import { parseCloseBody } from "../../protocol/close-frame.ts";
import { FrameParser } from "../../protocol/frame-parser.ts";
import { serializeClose, serializeFrame } from "../../protocol/frame-serializer.ts";
import { acceptKey } from "../../protocol/handshake-response.ts";
import { type MessageLimits, MessageAssembler } from "../../protocol/message-assembler.ts";
import { opcode as opcodes } from "../../protocol/opcode.ts";
import { pinnedLookup } from "./pinned-lookup.ts";

/** A message as it stands on the wire, compressed by nobody. */
export interface ReplayMessage {
  readonly binary: boolean;
  readonly bytes: Buffer;
}

/** What a test server is asked for. */
export interface ReplayRequest {
  readonly url: URL;
  /** The addresses of its host that are connected to, and no others; absent: whatever its name leads to. */
  readonly addresses?: readonly string[];
  /** Beside those of the handshake itself. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly subprotocols: readonly string[];
}

/** Called with what comes. */
export type OnMessage = (message: ReplayMessage) => void;

/** A connection to a test server, or why there is none. */
export type ReplayOpened =
  | { readonly ok: true; readonly client: ReplayClient }
  | { readonly ok: false; readonly problem: string };

/** How a connection ended. `code` is 1006 where no Close was seen, 1005 for one without a code. */
export interface ReplayEnd {
  readonly code: number;
  readonly problem: string | null;
}

/** What one message of a test server may be: larger ones end the connection. */
const LIMITS: MessageLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxRatio: Infinity,
  maxFragments: 100_000,
  opcodes: "any",
  finishWithinMs: Infinity,
  stream: false,
};
const CONNECT_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 2000;

/** Opens a WebSocket (RFC 6455 4.1), without compression. It follows no redirection. */
export async function openReplay(request: ReplayRequest, onMessage: OnMessage): Promise<ReplayOpened> {
  const { url, addresses, headers, subprotocols } = request;
  const key = randomBytes(16).toString("base64");
  const secure = url.protocol === "wss:";
  const target = new URL(url);
  target.protocol = secure ? "https:" : "http:";
  const { promise, resolve } = Promise.withResolvers<ReplayOpened>();
  const failed = (problem: string): void => resolve({ ok: false, problem: `${url.origin}: ${problem}` });
  const asked = (secure ? requestSecure : requestPlain)(target, {
    headers: Object.fromEntries([
      ...gathered(headers),
      ["Connection", "Upgrade"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", key],
      ...(subprotocols.length > 0 ? [["Sec-WebSocket-Protocol", subprotocols.join(", ")]] : []),
    ]),
    signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
    ...(addresses === undefined ? {} : { lookup: pinnedLookup(addresses) }),
  });
  asked.on("error", ({ message }) => failed(message));
  asked.on("response", (response) => {
    response.resume();
    failed(`it answered ${response.statusCode} to the handshake, and no WebSocket`);
  });
  asked.on("upgrade", (response, socket, head) => {
    const problem = problemOf(response, key);
    if (problem === null) return resolve({ ok: true, client: new ReplayClient({ socket, head, onMessage }) });
    socket.destroy();
    failed(problem);
  });
  asked.end();
  return await promise;
}

/** Fields of one name stand together, as Node wants them. */
function gathered(headers: ReplayRequest["headers"]): [string, string[]][] {
  const byName = Map.groupBy(headers, ([name]) => name.toLowerCase());
  return [...byName].map(([name, lines]) => [name, lines.map(([, value]) => value)]);
}

function problemOf({ headers }: IncomingMessage, key: string): string | null {
  if (headers["sec-websocket-accept"] !== acceptKey(key)) return "its answer is none to this handshake";
  return headers["sec-websocket-extensions"] === undefined
    ? null
    : "it chose an extension that nobody offered";
}

/** One connection as a client: sends messages in one frame each, answers pings, hands over whole messages. */
export class ReplayClient {
  readonly #socket: Duplex;
  readonly #onMessage: OnMessage;
  readonly #parser = new FrameParser(false);
  readonly #assembler = new MessageAssembler(LIMITS);
  readonly #ended = Promise.withResolvers<ReplayEnd>();
  #fragments: Buffer[] = [];
  #control: Buffer[] = [];
  #closeCode: number | null = null;
  #isClosing = false;
  #isOver = false;

  constructor(opened: { readonly socket: Duplex; readonly head: Buffer; readonly onMessage: OnMessage }) {
    const { socket, head, onMessage } = opened;
    this.#socket = socket;
    this.#onMessage = onMessage;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", ({ message }) => this.#end(message));
    socket.on("close", () => this.#end(null));
    if (head.length > 0) this.#read(head);
  }

  /** How it ended, when it has. */
  get ended(): Promise<ReplayEnd> {
    return this.#ended.promise;
  }

  /** Whether it has ended, or is about to. */
  get isOver(): boolean {
    return this.#isOver || this.#isClosing;
  }

  /** Sends a message, and waits until there is room for more. */
  async send({ binary, bytes }: ReplayMessage): Promise<void> {
    if (this.isOver) return;
    const opcode = binary ? opcodes.binary : opcodes.text;
    const hasRoom = this.#socket.write(serializeFrame({ opcode, payload: bytes, maskKey: randomBytes(4) }));
    if (!hasRoom) await Promise.race([this.#drained(), this.ended]);
  }

  /** Closes it, and waits until the server has. */
  async close(): Promise<ReplayEnd> {
    this.#sendClose(1000);
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_WITHIN_MS);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("drain", resolve);
    });
  }

  #sendClose(code: number): void {
    if (this.isOver) return;
    this.#isClosing = true;
    this.#socket.end(serializeClose(code, "", randomBytes(4)));
  }

  #read(chunk: Buffer): void {
    const parser = this.#parser;
    parser.feed(chunk);
    for (let token = parser.next(); token !== "more"; token = parser.next()) {
      const problem =
        token === "violation"
          ? (parser.violation ?? "protocol")
          : token === "header"
            ? this.#begin()
            : this.#take(chunk);
      if (problem === null) continue;
      this.#end(`it broke the protocol: ${problem}`);
      this.#socket.destroy();
      return;
    }
  }

  #begin(): string | null {
    const { opcode, length } = this.#parser;
    return opcode >= opcodes.close ? null : this.#assembler.begin(opcode, length);
  }

  #take(chunk: Buffer): string | null {
    const parser = this.#parser;
    const { opcode, payloadStart, payloadEnd, payloadDone, fin } = parser;
    const piece = Buffer.from(chunk.subarray(payloadStart, payloadEnd));
    if (opcode >= opcodes.close) {
      this.#control.push(piece);
      return payloadDone ? this.#controlFrame(opcode, Buffer.concat(this.#control.splice(0))) : null;
    }
    const binary = this.#assembler.opcode === opcodes.binary;
    const wrong = binary ? null : this.#assembler.text(piece);
    this.#fragments.push(piece);
    if (wrong !== null || !payloadDone || !fin) return wrong;
    const unfinished = this.#assembler.finish();
    if (unfinished === null) this.#onMessage({ binary, bytes: Buffer.concat(this.#fragments.splice(0)) });
    return unfinished;
  }

  #controlFrame(opcode: number, payload: Buffer): string | null {
    if (opcode === opcodes.ping && !this.isOver)
      this.#socket.write(serializeFrame({ opcode: opcodes.pong, payload, maskKey: randomBytes(4) }));
    if (opcode !== opcodes.close) return null;
    const body = parseCloseBody(payload);
    this.#closeCode ??= body.ok ? body.code : null;
    this.#sendClose(1000);
    return body.ok ? null : body.violation;
  }

  #end(problem: string | null): void {
    this.#isOver = true;
    this.#ended.resolve({ code: this.#closeCode ?? 1006, problem });
  }
}
