import type { DialectConnection } from "../dialects/dialect.ts";
import type { ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import type { ConnectionGuard, Denial, Guard, MessageVerdict } from "../guards/guard.ts";
import type { Inflater } from "../protocol/inflater.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import type { MessageRecord } from "./message-record.ts";
import type { NameSink } from "./name-sink.ts";
import type { Side } from "./session-port.ts";

/** A guard and its part in this connection. */
export interface LaneGuard {
  readonly guard: Guard;
  readonly connection: ConnectionGuard;
}

/** A verdict that is recorded, and obeyed where its guard enforces. */
export type DecidedVerdict = Exclude<MessageVerdict["verdict"], "pass" | "hold" | "wait">;

/** What a lane tells its session. */
export interface LaneHost {
  /** Vetted bytes for the far side, in order, all of one call's. */
  forward(direction: Direction, pieces: readonly Uint8Array[]): void;
  /** Whether the far side may be given another message now; `false` drops the message. */
  hasRoom(direction: Direction): boolean;
  /** A guard decided. Returns whether it is enforced. */
  decide(direction: Direction, guard: Guard, verdict: DecidedVerdict, denial: Denial): boolean;
  /** The peer's bytes break a rule or limit. `direction`: `null` where it is no peer's fault that the connection cannot go on. */
  violate(direction: Direction | null, code: ErrorCode, detail: string): void;
  /** A guard threw. */
  fail(error: unknown): void;
  /** The peer's Close, vetted. `raw`: its frame as it came. */
  closed(direction: Direction, code: number, raw: Uint8Array): void;
  /** The peer's Close came after this lane was stopped, or cannot come any more: nobody else is told. */
  answered(direction: Direction): void;
  /** Whether this pong answers a ping of our own, and so is not the far side's. */
  isOwnPong(payload: Uint8Array): boolean;
  /** A ping or pong goes on to the far side. */
  relayed(direction: Direction, opcode: number): void;
  /** A guard that waited has its answer: `Lane.resume` is to be called. Never called inside a call of the lane. */
  awoken(): void;
  /** Four random bytes for a frame of ours towards a server. */
  maskKey(): Uint8Array;
}

/** What a lane holds messages to. */
export interface LaneRules {
  readonly limits: MessageLimits;
  /** The guards that are asked about messages of this direction, in order. */
  readonly guards: readonly LaneGuard[];
  /** What the connection speaks, both lanes of it; `null`: nobody says. */
  readonly dialect: DialectConnection | null;
}

/** What a lane is made of. */
export interface LaneOptions extends LaneRules {
  readonly direction: Direction;
  readonly host: LaneHost;
  /** What inflates compressed messages, if they were negotiated; it outlives the lane where others take its place. */
  readonly inflater?: Inflater | undefined;
  /** What is recorded of its messages; absent: nothing. */
  readonly record?: MessageRecord | null;
  /** Who is told how its messages are called; absent: nobody. */
  readonly names?: NameSink | null;
}

/** What inflates the messages of each side, for as long as the connection lives. */
export type Inflaters = Readonly<Record<Side, Inflater>>;
