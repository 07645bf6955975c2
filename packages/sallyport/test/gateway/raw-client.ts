import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { onTestFinished } from "vitest";
import { serializeClose, serializeFrame } from "../../src/protocol/frame-serializer.ts";

/** The head of an HTTP answer, with its fields by lower-case name. */
export interface AnswerHead {
  readonly status: number;
  readonly text: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** A frame as it came, unmasked. */
export interface RawFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly masked: boolean;
  readonly payload: Buffer;
  /** All its bytes. */
  readonly raw: Buffer;
}

const DEFAULT_WITHIN_MS = 45_000;

/** The opcodes of RFC 6455 5.2. */
export const op = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/**
 * One end of a connection that does exactly what a test says, byte for byte: a client, or with `over`, an application.
 * Every wait is bounded.
 */
export class RawPeer {
  readonly socket: Socket;
  /** How the other side ended it, once it has. */
  over: "fin" | "reset" | null = null;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: (() => void) | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    socket.on("end", () => this.#end("fin"));
    socket.on("error", () => this.#end("reset"));
    socket.on("close", () => this.#end("reset"));
  }

  /** Bytes that came and were not read yet. */
  get waiting(): Buffer {
    return this.#bytes;
  }

  send(bytes: Uint8Array | string): this {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return this;
  }

  /** Sends a masked frame. */
  frame(opcode: number, payload: Uint8Array | string = "", fin = true): this {
    return this.send(serializeFrame({ opcode, payload: Buffer.from(payload), maskKey: randomBytes(4), fin }));
  }

  /** Sends a masked Close. */
  close(code = 1000, reason = ""): this {
    return this.send(serializeClose(code, reason, randomBytes(4)));
  }

  async head(withinMs: number = DEFAULT_WITHIN_MS): Promise<AnswerHead> {
    await this.#until(() => this.#bytes.includes("\r\n\r\n"), withinMs, "a head");
    const end = this.#bytes.indexOf("\r\n\r\n") + 4;
    const text = this.#take(end).toString("latin1");
    const [first = "", ...lines] = text.trimEnd().split("\r\n");
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    return { status: Number(first.split(" ")[1]), text, fields: new Map(fields) };
  }

  async bytes(count: number, withinMs: number = DEFAULT_WITHIN_MS): Promise<Buffer> {
    await this.#until(() => this.#bytes.length >= count, withinMs, `${count} bytes`);
    return this.#take(count);
  }

  async readFrame(withinMs: number = DEFAULT_WITHIN_MS): Promise<RawFrame> {
    await this.#until(() => frameLength(this.#bytes) <= this.#bytes.length, withinMs, "a frame");
    return parseFrame(this.#take(frameLength(this.#bytes)));
  }

  /** Reads frames up to the Close. */
  async readClose(withinMs: number = DEFAULT_WITHIN_MS): Promise<{ code: number; reason: string }> {
    const until = performance.now() + withinMs;
    for (;;) {
      const { opcode, payload } = await this.readFrame(Math.max(1, until - performance.now()));
      if (opcode !== op.close) continue;
      return {
        code: payload.length < 2 ? 1005 : payload.readUInt16BE(0),
        reason: payload.subarray(2).toString(),
      };
    }
  }

  /** Waits for the other side to end the connection. */
  async ended(withinMs: number = DEFAULT_WITHIN_MS): Promise<"fin" | "reset"> {
    await this.#until(() => this.over !== null, withinMs, "the end");
    return this.over ?? "reset";
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  #end(how: "fin" | "reset"): void {
    this.over ??= how;
    this.#wake?.();
  }

  async #until(done: () => boolean, withinMs: number, what: string): Promise<void> {
    const until = performance.now() + withinMs;
    while (!done()) {
      const left = until - performance.now();
      if (left <= 0) throw new Error(`no ${what} within ${withinMs} ms, but ${describe(this.#bytes)}`);
      if (this.over !== null && what !== "the end")
        throw new Error(`no ${what} before the end (${this.over}), but ${describe(this.#bytes)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function describe(bytes: Buffer): string {
  return `${bytes.length} bytes: ${JSON.stringify(bytes.subarray(0, 80).toString("latin1"))}`;
}

/** The length of the first frame, as far as its header tells; infinite while it does not. */
function frameLength(bytes: Buffer): number {
  if (bytes.length < 2) return Number.POSITIVE_INFINITY;
  const short = bytes.readUInt8(1) & 0x7f;
  const header = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (bytes.readUInt8(1) & 0x80 ? 4 : 0);
  if (bytes.length < header) return Number.POSITIVE_INFINITY;
  if (short < 126) return header + short;
  return header + (short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)));
}

function parseFrame(raw: Buffer): RawFrame {
  const masked = (raw.readUInt8(1) & 0x80) !== 0;
  const short = raw.readUInt8(1) & 0x7f;
  const at = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  const key = raw.subarray(at, at + 4);
  const payload = Buffer.from(raw.subarray(masked ? at + 4 : at));
  if (masked) for (const [index, byte] of payload.entries()) payload[index] = byte ^ (key[index % 4] ?? 0);
  return { opcode: raw.readUInt8(0) & 0x0f, fin: (raw.readUInt8(0) & 0x80) !== 0, masked, payload, raw };
}

/**
 * Connects to a port on loopback, with TLS where options for it are given. Destroyed when the test ends.
 *
 * @param from the loopback address that it comes from
 */
export async function connectRaw(
  port: number,
  tls?: ConnectionOptions,
  from = "127.0.0.1",
): Promise<RawPeer> {
  const where = { host: "127.0.0.1", port, allowHalfOpen: true, localAddress: from };
  const socket: Socket = tls === undefined ? connectTcp(where) : connectTls({ ...where, ...tls });
  const peer = new RawPeer(socket);
  onTestFinished(() => void socket.destroy());
  await once(socket, tls === undefined ? "connect" : "secureConnect");
  return peer;
}

/** What a test changes of a valid upgrade request. */
export interface RequestParts {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** Field lines in place of the usual ones of the same name; `null` takes one out. */
  readonly fields?: Readonly<Record<string, string | null>>;
  /** Lines added as they are. */
  readonly lines?: readonly string[];
}

/** The key that {@link upgradeRequest} sends. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** A valid upgrade request with what the test changes. */
export function upgradeRequest(parts: RequestParts = {}): string {
  const { method = "GET", target = "/", version = "HTTP/1.1", fields = {}, lines = [] } = parts;
  const usual: Record<string, string | null> = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...fields,
  };
  const kept = Object.entries(usual).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  );
  return [`${method} ${target} ${version}`, ...kept, ...lines, "", ""].join("\r\n");
}

/** Connects and upgrades; fails unless the answer is 101. */
export async function openRaw(
  port: number,
  parts: RequestParts = {},
  tls?: ConnectionOptions,
  from?: string,
): Promise<RawPeer> {
  const peer = await connectRaw(port, tls, from);
  const head = await peer.send(upgradeRequest(parts)).head();
  if (head.status !== 101) throw new Error(head.text);
  return peer;
}

/** Takes an upgrade as an application does: reads the request, answers 101 with these lines more. */
export async function acceptRaw(
  socket: Socket,
  lines: readonly string[] = [],
): Promise<{ peer: RawPeer; request: string }> {
  const peer = new RawPeer(socket);
  const { text } = await peer.head();
  peer.send(switchingHead(text, lines));
  return { peer, request: text };
}

/** The 101 that belongs to a request. */
export function switchingHead(request: string, lines: readonly string[] = []): string {
  const key = /^sec-websocket-key: *(.+?)\r$/im.exec(request)?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const own = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  return ["HTTP/1.1 101 Switching Protocols", ...own, ...lines, "", ""].join("\r\n");
}
