import { randomBytes, randomInt } from "node:crypto";
import { connect, type Socket } from "node:net";
import { serializeFrame } from "../../packages/sallyport/src/protocol/frame-serializer.ts";
import type { Pace } from "./pace.ts";
import { pause } from "./steady-client.ts";

/** What all hostile clients together did, by the name of the attack. */
export type HostileCounts = Map<string, AttackCounts>;

/** What came of one kind of attack. */
export interface AttackCounts {
  tried: number;
  late: number;
  surprising: number;
  /** How long the longest one took that ended in time, milliseconds of the pace. */
  longestMs: number;
}

/** Longest time of one attack, milliseconds of the pace: a flood is ended after ten seconds in debt. */
const ATTACK_MS = 20_000;
/**
 * A reader that stops is ended five seconds after the first byte that waits at the gate, and has five more for the Close. When
 * that byte is there nobody here can see: 8 MiB, more than the sockets between take, go to the application and back first. So
 * it reads nothing for this long once it has sent them, and then looks whether it was ended.
 */
const [UNREAD_MS, UNREAD_MESSAGES] = [30_000, 32];
/** Between two attacks of one client, milliseconds, on average: hundreds of them share a core with everybody else. */
const AGAIN_AFTER_MS = 10_000;

/** One attack. Answers whether what came of it is right. */
type Attack = (target: Wire) => Promise<boolean>;

const text = (payload: string, fin = true): Uint8Array =>
  serializeFrame({ opcode: 1, payload: Buffer.from(payload), maskKey: randomBytes(4), fin });

const repeated = (count: number, frame: Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => frame));

// Made once: making them must not cost more than receiving them.
const messageFlood = repeated(10_000, text("flood"));
const fragmentFlood = repeated(
  5000,
  serializeFrame({ opcode: 0, payload: new Uint8Array(), maskKey: randomBytes(4), fin: false }),
);
const largeMessage = serializeFrame({
  opcode: 2,
  payload: randomBytes(256 * 1024),
  maskKey: randomBytes(4),
});

/** A frame that breaks RFC 6455, and the close code that is right. */
const violations: readonly (readonly [string, number])[] = [
  ["81026869", 1002],
  ["c18037fa213d", 1002],
  ["838037fa213d", 1002],
  ["81fe000137fa213d5b", 1002],
  ["82ff002000000000000037fa213d", 1009],
  ["098037fa213d", 1002],
  ["808037fa213d", 1002],
  ["818137fa213dc8", 1007],
  ["888137fa213d34", 1002],
  ["888237fa213d3416", 1002],
];

const handshakes: readonly (readonly [readonly string[], RegExp])[] = [
  [["Sec-WebSocket-Version: 99"], /^HTTP\/1\.1 4\d\d /],
  [["Content-Length: 5"], /^HTTP\/1\.1 400 /],
  [["Origin: https://evil.example"], /^HTTP\/1\.1 403 /],
  [["Host: evil.example"], /^HTTP\/1\.1 400 /],
  [[`X-Large: ${"a".repeat(20_000)}`], /^HTTP\/1\.1 431 /],
  [["Sec-WebSocket-Extensions: ;"], /^HTTP\/1\.1 400 /],
];

const attacks: Readonly<Record<string, Attack>> = {
  async "a violation"(target) {
    const [bytes, code] = any(violations);
    if (!(await target.upgrade())) return false;
    target.send(Buffer.from(bytes, "hex"));
    return (await target.closeCode()) === code;
  },
  async "a bad handshake"(target) {
    const [lines, wanted] = any(handshakes);
    target.send(target.request(lines));
    await target.until(() => target.received.includes("\r\n\r\n"));
    return wanted.test(target.received.toString("latin1"));
  },
  async "a flood of messages"(target) {
    if (!(await target.upgrade())) return false;
    target.send(messageFlood);
    await target.until(() => target.over);
    return target.over;
  },
  async "a flood of empty fragments"(target) {
    if (!(await target.upgrade())) return false;
    target.send(text("", false)).send(fragmentFlood);
    return (await target.closeCode()) === 1008;
  },
  async "a reset in a frame"(target) {
    if (!(await target.upgrade())) return false;
    target.send(Buffer.from("82fe010037fa", "hex"));
    await pause(randomInt(50));
    target.reset();
    return true;
  },
  async "a reset in the handshake"(target) {
    target.send(target.request([]).slice(0, randomInt(20, 160)));
    await pause(randomInt(20));
    target.reset();
    return true;
  },
  async "half a frame"(target) {
    if (!(await target.upgrade())) return false;
    target.send(Buffer.from("82fe010037fa213d00", "hex"));
    return (await target.closeCode()) === 1008;
  },
  async "a reader that stops"(target) {
    if (!(await target.upgrade())) return false;
    target.stopReading();
    for (let index = 0; index < UNREAD_MESSAGES; index++) target.send(largeMessage);
    await target.until(() => target.sent);
    target.begin();
    await target.wait(UNREAD_MS);
    target.begin();
    target.readOn();
    await target.until(() => target.over);
    return target.over;
  },
  async "an end without a Close"(target) {
    if (!(await target.upgrade())) return false;
    target.send(text("last words")).end();
    await target.until(() => target.over);
    return target.over;
  },
};

function any<Value>(values: readonly Value[]): Value {
  const value = values[randomInt(values.length)];
  if (value === undefined) throw new Error("nothing to choose from");
  return value;
}

/** What hostile clients share. */
export interface Battlefield {
  /** The gate's, on loopback. */
  readonly port: number;
  readonly counts: HostileCounts;
  readonly pace: Pace;
}

/** One attack after another against the gate, until the signal. */
export async function runHostileClient(
  { port, counts, pace }: Battlefield,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const [name, attack] = any(Object.entries(attacks));
    const wire = new Wire(port, pace);
    const asExpected = await attack(wire).catch(() => false);
    wire.reset();
    const count = counts.get(name) ?? { tried: 0, late: 0, surprising: 0, longestMs: 0 };
    count.tried += 1;
    if (asExpected) count.longestMs = Math.max(count.longestMs, wire.elapsedMs);
    else count[wire.late ? "late" : "surprising"] += 1;
    counts.set(name, count);
    await pause(randomInt(2 * AGAIN_AFTER_MS), stop);
  }
}

const KEPT_BYTES = 4096;
const LOOK_EVERY_MS = 50;

/** A connection in bytes. It keeps the first of what comes, enough to see an answer and a Close. */
class Wire {
  readonly #socket: Socket;
  readonly #pace: Pace;
  #began: number;
  /** The first bytes that came and were not taken. */
  received: Buffer = Buffer.alloc(0);
  over = false;
  /** Its time was over before what was waited for. */
  late = false;

  constructor(port: number, pace: Pace) {
    this.#pace = pace;
    this.#began = pace.now();
    this.#socket = connect({ host: "127.0.0.1", port }, () => this.begin());
    this.#socket.on("data", (chunk: Buffer) => {
      if (this.received.length < KEPT_BYTES) this.received = Buffer.concat([this.received, chunk]);
    });
    for (const end of ["end", "close", "error"]) this.#socket.on(end, () => (this.over = true));
  }

  request(lines: readonly string[]): string {
    const usual = ["GET / HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade"];
    const key = `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`;
    return [...usual, key, "Sec-WebSocket-Version: 13", ...lines, "", ""].join("\r\n");
  }

  async upgrade(): Promise<boolean> {
    this.send(this.request([]));
    await this.until(() => this.received.includes("\r\n\r\n"));
    const accepted = this.received.toString("latin1").startsWith("HTTP/1.1 101 ");
    this.begin();
    this.received = this.received.subarray(this.received.indexOf("\r\n\r\n") + 4);
    return accepted;
  }

  send(bytes: Uint8Array | string): this {
    this.#socket.write(bytes);
    return this;
  }

  /** The code of a Close that is all that comes; `null` for anything else. */
  async closeCode(): Promise<number | null> {
    await this.until(() => this.received.length >= 4);
    return this.received[0] === 0x88 && this.received.length >= 4 ? this.received.readUInt16BE(2) : null;
  }

  /** The time of the attack begins, or begins again: what the system needs to connect is not the gate's. */
  begin(): void {
    this.#began = this.#pace.now();
  }

  /** Milliseconds of the pace since the attack began. */
  get elapsedMs(): number {
    return this.#pace.now() - this.#began;
  }

  get #isOver(): boolean {
    return !this.#socket.connecting && this.elapsedMs >= ATTACK_MS;
  }

  /** Whether all that it has to send has left it. */
  get sent(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Waits until it is so, or the connection or the time of an attack is over. */
  async until(done: () => boolean): Promise<void> {
    while (!done() && !this.over && !this.#isOver) await pause(LOOK_EVERY_MS);
    if (!done() && !this.over) this.late = true;
  }

  /** Waits for a time of the pace. */
  async wait(ms: number): Promise<void> {
    const until = this.elapsedMs + ms;
    while (this.elapsedMs < until) await pause(LOOK_EVERY_MS);
  }

  stopReading(): void {
    this.#socket.pause();
  }

  readOn(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }
}
