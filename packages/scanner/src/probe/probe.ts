import type { Socket } from "node:net";
import { describeFrame, frame, opcodes, type FrameShape } from "./frame.ts";
import { FrameReader, type ReceivedFrame } from "./frame-reader.ts";
import type { Masker } from "./masker.ts";
import { headerOf, parseResponseHead, type ResponseHead } from "./response-head.ts";
import { describeReceived, Transcript, type Exchange } from "./transcript.ts";

/** What the peer did after something was sent. */
export type Reaction =
  /** The connection is open, and the ping that was sent behind it was answered: the peer went on. */
  | { readonly kind: "alive"; readonly frames: readonly ReceivedFrame[] }
  /** It was ended, with a close frame's code or without any. */
  | { readonly kind: "closed"; readonly code: number | null; readonly frames: readonly ReceivedFrame[] }
  /** It is open, and no answer to the ping came in time. */
  | { readonly kind: "silent"; readonly frames: readonly ReceivedFrame[] };

/** What a probe may take of its peer. */
export interface ProbeLimits {
  /** Bytes that are read; then the connection is ended from this side. */
  readonly maxBytes: number;
  /** Frames that are kept. More are counted. */
  readonly maxFrames: number;
  /** How long an answer may take before it counts as none. */
  readonly patienceMs: number;
  /** Which end this is. A server's is behind the handshake already, and does not mask. Default: the client's. */
  readonly end?: "client" | "server";
}

/** What a server answered by itself, so that frames are what comes. */
const SWITCHED: ResponseHead = { version: "HTTP/1.1", status: 101, reason: "", headers: [] };

/** Bytes of a body that are kept. */
const MAX_BODY_BYTES = 65_536;
/** Frames that are read; then the connection is ended from this side. */
const MAX_FRAMES_READ = 20_000;
/** Bytes behind a 101 that are kept as they came, about. */
const MAX_AFTER_HEAD = 256;

/**
 * One raw connection: any bytes go out, an answer's head and then frames or a body come in, all bounded in bytes and in time. Writes down
 * what is said. A peer that ends, resets, floods or sends garbage throws nothing: it shows in `ended`, `head` and `frames`.
 */
export class Probe {
  /** The answer's head; null until it came, or where it was not HTTP. */
  head: ResponseHead | null = null;
  /** What came was not HTTP. */
  isGarbage = false;
  /** Frames that came, oldest first, at most `maxFrames` of them. */
  readonly frames: ReceivedFrame[] = [];
  /** All frames that came. */
  frameCount = 0;
  /** The first close frame that came, if any. It is kept whatever came before; those behind it count as others do. */
  closeFrame: ReceivedFrame | null = null;
  /** The body of an answer that was no upgrade, as far as it was kept. */
  body: Buffer = Buffer.alloc(0);
  /** The first bytes behind the head of a 101, as they came: for what is not frames. */
  afterHead: Buffer = Buffer.alloc(0);
  /** Something was sent on it. */
  isSpokenOn = false;
  /** How it was ended; null while it is open. */
  ended: "closed" | "reset" | "flooded" | null = null;
  readonly limits: ProbeLimits;
  /** Bytes that are read; a check that asks for more raises it. */
  maxBytes: number;

  readonly #socket: Socket;
  readonly #transcript: Transcript;
  readonly #reader = new FrameReader();
  readonly #waiting = new Set<() => void>();
  #pending: Buffer = Buffer.alloc(0);
  #received = 0;
  #pings = 0;
  #lastPong = 0;

  constructor(socket: Socket, mask: Masker, limits: ProbeLimits) {
    this.#socket = socket;
    this.#transcript = new Transcript(mask);
    this.limits = limits;
    if (limits.end === "server") this.head = SWITCHED;
    this.maxBytes = limits.maxBytes;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("end", () => this.#end("closed"));
    socket.on("close", () => this.#end("closed"));
    socket.on("error", () => this.#end("reset"));
  }

  /** The socket below, for what only it knows, such as a certificate. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Whether the peer ended it, by a close frame or without one. */
  get isClosed(): boolean {
    return this.ended !== null || this.closeFrame !== null;
  }

  /** Whether the last ping was answered. */
  get isAnswered(): boolean {
    return this.#lastPong >= this.#pings;
  }

  /** Bytes that came. */
  get received(): number {
    return this.#received;
  }

  /** Sends bytes as they are. `described` is what the evidence says of them. */
  send(
    bytes: Uint8Array,
    described:
      | string
      | readonly string[] = `${bytes.length} bytes: ${Buffer.from(bytes.subarray(0, 48)).toString("hex")}`,
  ): void {
    for (const line of typeof described === "string" ? [described] : described)
      this.#transcript.note(">", line);
    this.isSpokenOn = true;
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Sends one frame, right or wrong. */
  frame(shape: FrameShape): void {
    const sent = this.limits.end === "server" ? { mask: null, ...shape } : shape;
    this.send(frame(sent), describeFrame(shape));
  }

  /** Sends a text message. */
  text(payload: string): void {
    this.frame({ opcode: "text", payload });
  }

  /** Notes in the evidence something that happened. */
  note(text: string): void {
    this.#transcript.note("-", text);
  }

  /** Notes in the evidence what was read before the probe was there. */
  heard(lines: readonly string[]): void {
    for (const line of lines) this.#transcript.note("<", line);
  }

  /** Waits until a condition holds, looked at whenever something came. False where the time is over first. */
  waitFor(holds: () => boolean, withinMs: number = this.limits.patienceMs): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (found: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      const look = (): void => {
        if (holds()) finish(true);
        else if (this.ended !== null) finish(false);
      };
      // After a stall of this process, what came in the meantime is read before it is said that nothing came.
      const timer = setTimeout(() => setImmediate(() => finish(holds())), withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** Sends a ping; resolves with whether it was answered before the connection ended and the time was over. */
  async ping(withinMs: number = this.limits.patienceMs): Promise<boolean> {
    this.#pings += 1;
    this.frame({ opcode: "ping", payload: `sallyport-${this.#pings}` });
    return this.waitFor(() => this.isAnswered, withinMs);
  }

  /**
   * What the peer did: sends a ping behind whatever was sent, and waits for its answer, for the end, or for the time to be over. By the
   * ping's answer it is known that what stood before it was read, however slow the machine is.
   */
  async reaction(withinMs: number = this.limits.patienceMs): Promise<Reaction> {
    const before = this.frames.length;
    this.#pings += 1;
    if (!this.isClosed) this.frame({ opcode: "ping", payload: `sallyport-${this.#pings}` });
    await this.waitFor(() => this.isClosed || this.isAnswered, withinMs);
    return this.#reactionSince(before, this.isAnswered);
  }

  /** Waits for the peer to end the connection by itself, as one does that decides late; what it did then is as for `reaction`. */
  async settle(waitMs: number = this.limits.patienceMs): Promise<Reaction> {
    const before = this.frames.length;
    await this.waitFor(() => this.isClosed, waitMs);
    if (this.isClosed) return this.#reactionSince(before, false);
    const { kind } = await this.reaction();
    return this.#reactionSince(before, kind === "alive");
  }

  /** What was said on it, for evidence. */
  exchange(about: string): Exchange {
    return this.#transcript.exchange(about);
  }

  /** Ends it at once, from this side. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Ends it with a reset (RFC 9293 3.5.2). */
  reset(): void {
    this.#transcript.note(">", "TCP reset");
    this.#socket.resetAndDestroy();
  }

  #reactionSince(before: number, isAlive: boolean): Reaction {
    const frames = this.frames.slice(before).filter(({ opcode }) => opcode !== opcodes.pong);
    const close = this.closeFrame;
    if (close !== null || this.ended !== null) {
      const code = close !== null && close.payload.length >= 2 ? close.payload.readUInt16BE(0) : null;
      return { kind: "closed", code, frames };
    }
    return { kind: isAlive ? "alive" : "silent", frames };
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.maxBytes) {
      this.#flooded();
      return;
    }
    if (this.head === null && !this.isGarbage) this.#readHead(chunk);
    else if (this.head?.status === 101) this.#readFrames(chunk);
    else this.#keepBody(chunk);
    this.#look();
  }

  #readHead(chunk: Buffer): void {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const reading = parseResponseHead(bytes);
    this.#pending = bytes;
    if (reading === "more") return;
    this.#pending = Buffer.alloc(0);
    if (reading === "garbage") {
      this.isGarbage = true;
      this.#transcript.note("<", `not HTTP: ${bytes.toString("latin1", 0, 100)}`);
      this.#keepBody(bytes);
      return;
    }
    const { head, size } = reading;
    this.head = head;
    this.#transcript.note("<", `${head.version} ${head.status} ${head.reason}`);
    for (const [name, value] of head.headers.slice(0, 8)) this.#transcript.note("<", `${name}: ${value}`);
    const rest = bytes.subarray(size);
    if (head.status === 101) this.#readFrames(rest);
    else this.#keepBody(rest);
  }

  #readFrames(chunk: Buffer): void {
    if (this.afterHead.length < MAX_AFTER_HEAD)
      this.afterHead = Buffer.concat([this.afterHead, chunk.subarray(0, MAX_AFTER_HEAD)]);
    for (const found of this.#reader.feed(chunk)) {
      this.frameCount += 1;
      if (found.opcode === opcodes.pong) this.#notePong(found.payload.toString("latin1"));
      const isFirstClose = found.opcode === opcodes.close && this.closeFrame === null;
      if (isFirstClose) this.closeFrame = found;
      if (isFirstClose || this.frames.length < this.limits.maxFrames) this.frames.push(found);
      // Those behind the first are counted, and not looked at: whoever floods shall not keep the scanner busy.
      if (isFirstClose || this.frameCount <= this.limits.maxFrames)
        this.#transcript.note("<", describeReceived(found));
      else if (this.frameCount > MAX_FRAMES_READ) return this.#flooded();
    }
  }

  #notePong(payload: string): void {
    const number = Number(/^sallyport-(\d{1,9})$/.exec(payload)?.[1] ?? 0);
    this.#lastPong = Math.max(this.#lastPong, Math.min(number, this.#pings));
  }

  #keepBody(chunk: Buffer): void {
    if (this.body.length >= MAX_BODY_BYTES) return;
    this.body = Buffer.concat([this.body, chunk.subarray(0, MAX_BODY_BYTES - this.body.length)]);
  }

  #flooded(): void {
    this.#end("flooded");
    this.#socket.destroy();
  }

  #end(how: "closed" | "reset" | "flooded"): void {
    if (this.ended !== null) return;
    this.ended = how;
    const words = {
      closed: "the peer ended the connection",
      reset: "the peer reset the connection",
      flooded: "too much came",
    };
    this.#transcript.note("-", words[how]);
    this.#look();
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }
}

/** Whether the body of an answer is whole, as far as its head tells. */
export function isBodyWhole({ head, body, ended }: Probe): boolean {
  if (ended !== null) return true;
  if (head === null) return false;
  if (head.status === 204 || head.status === 304 || (head.status >= 100 && head.status < 200)) return true;
  const length = headerOf(head, "content-length");
  if (length !== null) return body.length >= Math.min(Number(length), MAX_BODY_BYTES);
  return body.subarray(-5).toString("latin1") === "0\r\n\r\n";
}
