import type { DialectConnection } from "../dialects/dialect.ts";
import type { ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import type { ConnectionGuard, Denial, Guard, MessageVerdict } from "../guards/guard.ts";
import type { Inflater } from "../protocol/inflater.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import type { HalfDone } from "./half-done.ts";
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

/** A peer's Close. */
export interface PeerClose {
  /** 1005 where it has none (RFC 6455 7.1.5). */
  readonly code: number;
  readonly reason: string;
  /** Its frame as it came. */
  readonly raw: Uint8Array;
}

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
  /** The peer's Close, vetted. */
  closed(direction: Direction, close: PeerClose): void;
  /** The peer's Close came after this lane was stopped, or cannot come any more: nobody else is told. */
  answered(direction: Direction): void;
  /** Whether this pong answers a ping of our own, and so is not the far side's. */
  isOwnPong(payload: Uint8Array): boolean;
  /** A ping or pong goes on to the far side. */
  relayed(direction: Direction, opcode: number): void;
  /**
   * A message, ping or pong that passed, for an application that takes messages in place of frames; or a piece of a message that is
   * streamed, whose `goesOn` says that others follow. The payload is valid during the call only. What settles when the application takes more;
   * `null`: it does.
   */
  deliver(opcode: number, payload: Uint8Array, goesOn: boolean): Promise<void> | null;
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

/** One direction of a connection, as the session knows it: whatever it is fed with. */
export interface SessionLane extends HalfDone {
  /** Data messages that passed, and their payload bytes. */
  readonly messages: number;
  readonly bytes: number;
  /** When data last went on (monotonic ms); 0 before the first. */
  readonly lastDataAt: number;
  /** Until when (monotonic ms) nothing more is to be taken; 0: go on. */
  readonly holdUntil: number;
  /** Whether messages still go on. */
  readonly open: boolean;
  /** Whether the far side has got the beginning of a frame without its end. */
  readonly farMidFrame: boolean;
  /** Whether messages go on and nothing is held back or half done. */
  readonly calm: boolean;
  /** Whether it is between two messages, and no guard holds what comes next. */
  readonly between: boolean;
  /** Puts other limits, guards and another dialect in force. Only while it is `between` two messages. */
  change(rules: LaneRules): void;
  /** Takes bytes that the peer sent. */
  receive(chunk: Uint8Array, now: number): void;
  /** Goes on with what was kept, once `holdUntil` has passed. */
  resume(now: number): void;
  /** Goes on with what was kept, and from now on keeps nothing for a guard that wants to hold it. */
  letGo(now: number): void;
  /** Forwards what has passed, and nothing more. @param listen whether to look for the peer's Close */
  stop(listen: boolean): void;
}

/** What a lane is made of. */
export interface LaneOptions extends LaneRules {
  readonly direction: Direction;
  readonly host: LaneHost;
  /** Whether what passes is delivered as messages, in place of forwarded as it came. Default: `false`. */
  readonly delivers?: boolean;
  /** What inflates compressed messages, if they were negotiated; it outlives the lane where others take its place. */
  readonly inflater?: Inflater | undefined;
  /** What is recorded of its messages; absent: nothing. */
  readonly record?: MessageRecord | null;
  /** Who is told how its messages are called; absent: nobody. */
  readonly names?: NameSink | null;
}

/** What inflates the messages of each side, for as long as the connection lives. */
export type Inflaters = Readonly<Record<Side, Inflater>>;
