import { Buffer } from "node:buffer";
import type { ClosedEvent, DecisionEvent, SallyportEvent } from "../src/events.ts";
import type { ConnectionFacts, ConnectionHandle, Guard } from "../src/guards/guard.ts";
import { FrameParser } from "../src/protocol/frame-parser.ts";
import { serializeFrame } from "../src/protocol/frame-serializer.ts";
import { applyMask } from "../src/protocol/mask.ts";
import type { SessionOptions } from "../src/session/session-options.ts";
import type { Rebinding } from "../src/session/rebinding.ts";
import { Session } from "../src/session/session.ts";
import type { SessionPort, Side } from "../src/session/session-port.ts";

/** A frame that the session wrote, unmasked. */
export interface WrittenFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly masked: boolean;
  readonly payload: Buffer;
}

const KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** A frame as a client sends it: masked. */
export function fromClient(opcode: number, payload: string | Uint8Array = "", fin = true): Uint8Array {
  return serializeFrame({ opcode, payload: Buffer.from(payload), maskKey: KEY, fin });
}

/** A frame as an application sends it: not masked. */
export function fromApplication(opcode: number, payload: string | Uint8Array = "", fin = true): Uint8Array {
  return serializeFrame({ opcode, payload: Buffer.from(payload), maskKey: null, fin });
}

/** The body of a Close frame. */
export function closeBody(code: number, reason = ""): Uint8Array {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** What a connection opens with in these tests. */
export const facts: ConnectionFacts = {
  session: "session-1",
  address: "192.0.2.1",
  identity: {
    provider: "anonymous",
    user: null,
    issuer: null,
    claims: {},
    tenant: null,
    expiresAt: null,
    credential: null,
  },
  request: {
    path: "/",
    host: "app.example.com",
    origin: null,
    secure: true,
    subprotocol: null,
    listener: { loopback: false, secure: true, port: 443, names: [] },
  },
  refreshable: false,
  wallNow: 0,
  now: 0,
};

/** A connection that is asked anyway. */
export const handle: ConnectionHandle = { wake: () => undefined };

/** Bytes that are different each time, and the same in each run. */
export function counter(): (bytes: number) => Uint8Array {
  let next = 1;
  return (bytes) => Uint8Array.from({ length: bytes }, () => next++ & 0xff);
}

/** A session between two sockets that only record. */
export class RecordedSession implements SessionPort {
  /** How often the session said that its deadline moved. */
  rescheduled = 0;
  /** How often guards that were prepared took their place. */
  rebounds = 0;
  /** When something comes that a guard waits for: monotonic milliseconds. */
  now = 1;
  readonly session: Session;
  readonly events: SallyportEvent[] = [];
  /** Everything that happened to the sockets, in order: `write client`, `end application`, … */
  readonly calls: string[] = [];
  readonly reading: Record<Side, boolean> = { client: true, application: true };
  readonly full: Record<Side, boolean> = { client: false, application: false };
  readonly waiting: Record<Side, number> = { client: 0, application: 0 };
  readonly #written: Record<Side, Uint8Array[]> = { client: [], application: [] };

  constructor(
    guards: readonly Guard[] = [],
    options: Pick<SessionOptions, "closeWithinMs" | "inflaters" | "messages"> = {},
  ) {
    this.session = new Session({
      facts,
      route: "/chat",
      guards,
      port: this,
      emit: (event) => this.events.push(event),
      random: counter(),
      ...options,
    });
  }

  write(side: Side, pieces: readonly Uint8Array[]): boolean {
    const stopped = [`end ${side}`, `destroy ${side}`].filter((call) => this.calls.includes(call));
    if (stopped.length > 0) throw new Error(`written to the ${side} after ${stopped.join()}`);
    this.calls.push(`write ${side}`);
    // A copy: they are valid during the call only.
    this.#written[side].push(...pieces.map((piece) => new Uint8Array(piece)));
    return !this.full[side];
  }

  end(side: Side): void {
    this.calls.push(`end ${side}`);
  }

  destroy(side: Side): void {
    this.calls.push(`destroy ${side}`);
  }

  setReading(side: Side, reading: boolean): void {
    this.reading[side] = reading;
  }

  reschedule(): void {
    this.rescheduled++;
  }

  rebound(): void {
    this.rebounds++;
  }

  due(): void {
    this.session.tick(this.now);
  }

  waitingBytes(side: Side): number {
    return this.waiting[side];
  }

  /** The side sends these bytes. */
  send(side: Side, bytes: Uint8Array, now = 0): void {
    this.session.receive(side, bytes, now);
  }

  /** Takes what was written to a side since the last call. */
  take(side: Side): Buffer {
    return Buffer.concat(this.#written[side].splice(0));
  }

  /** Takes what was written to a side since the last call, as frames. */
  takeFrames(side: Side): readonly WrittenFrame[] {
    return framesOf(this.take(side), side === "application");
  }

  /** Takes what was written to a side as lines such as `text hi`, `close 1000 bye`. */
  takeLines(side: Side): readonly string[] {
    return this.takeFrames(side).map(describeFrame);
  }

  get decisions(): readonly DecisionEvent[] {
    return this.events.filter((event) => event.type === "decision");
  }

  get codes(): readonly string[] {
    return this.decisions.map(({ verdict, code }) => `${verdict} ${code}`);
  }

  get closed(): ClosedEvent | undefined {
    return this.events.find((event) => event.type === "closed");
  }
}

/** Splits bytes into frames; throws when they are none, since only the session's own output comes here. */
export function framesOf(bytes: Uint8Array, masked: boolean): readonly WrittenFrame[] {
  const parser = new FrameParser(masked);
  const frames: WrittenFrame[] = [];
  parser.feed(bytes);
  for (let token = parser.next(); token !== "more"; token = parser.next()) {
    if (token === "violation") throw new Error(`the session wrote ${parser.violation}`);
    if (token === "header") continue;
    const payload = Buffer.from(bytes.subarray(parser.payloadStart, parser.payloadEnd));
    if (masked) applyMask(payload, payload, parser.maskKey, 0);
    if (parser.payloadDone) frames.push({ opcode: parser.opcode, fin: parser.fin, masked, payload });
  }
  if (parser.midFrame) throw new Error("the session wrote half a frame");
  return frames;
}

const NAMES: Readonly<Record<number, string>> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

/** One line for a frame. Incident ids differ by run and are shown as `sallyport:…`. */
export function describeFrame(frame: WrittenFrame): string {
  const name = `${NAMES[frame.opcode]}${frame.fin ? "" : "…"}`;
  if (frame.opcode !== 8) return `${name} ${frame.payload.toString()}`.trim();
  if (frame.payload.length === 0) return name;
  const reason = frame.payload
    .subarray(2)
    .toString()
    .replace(/^sallyport:[\w-]{12}$/, "sallyport:…");
  return `${name} ${frame.payload.readUInt16BE(0)} ${reason}`.trim();
}

/** Puts the guards of another policy in force on a session, as soon as both its lanes are between two messages. */
export function rebind(session: Session, rebinding: Rebinding, now: number): void {
  session.prepare(rebinding, now);
  session.rebindNow(now);
}
