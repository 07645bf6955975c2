import type { z } from "zod";
import type { Direction } from "../events.ts";

/** A whole message, as far as a dialect looks at it. `Message` of the guards is one. */
export interface ReadableMessage {
  readonly direction: Direction;
  /** 1 text, 2 binary (RFC 6455 5.2). */
  readonly opcode: number;
  /** Payload bytes. */
  readonly size: number;
  /** The unmasked payload. Valid during the call only. */
  bytes(): Uint8Array;
  /** The payload as text; only of text messages. */
  text(): string;
  /** The payload parsed as JSON; `undefined` when it is not JSON. Parsed once for everybody who asks. */
  json(): unknown;
}

/** An operation that outlives its message: a subscription, a call without its answer. */
export interface OperationChange {
  readonly change: "begin" | "end";
  /** Names it within its connection. */
  readonly key: string;
}

/** One thing that a message says. A message says several where its dialect packs them, such as a batch of calls. */
export interface MessagePart {
  /** What sort of thing, in the dialect's own words, such as `subscribe`, `publish`, `event` or `call`. */
  readonly kind: string;
  /** Which one of its sort: an event's name, a method, an operation, a topic; `null` where it has none. */
  readonly name: string | null;
  /** What answers refer to; `null` where nothing does. */
  readonly id: string | number | null;
  /** What it carries: JSON values; text or bytes where the dialect carries those. */
  readonly data: unknown;
  /**
   * The JSON text that `data` came from, for guards that look at how it is written; `null` where it is no JSON. The whole message
   * may stand here for each of its parts.
   */
  readonly json: string | null;
  /** What it begins and ends. */
  readonly operations: readonly OperationChange[];
}

/** Why a message is none of its dialect's. */
export interface DialectFault {
  readonly ok: false;
  /**
   * `syntax`: not in the dialect. `limit`: in it, and beyond a limit of the dialect's own. `missed`: nobody can say, since the
   * beginning of the talk was not read.
   */
  readonly fault: "syntax" | "limit" | "missed";
  /** For the operator alone: what was found, and nothing of the message's content. */
  readonly problem: string;
}

/** What a dialect makes of a message: its parts, or why it is none of the dialect's. */
export type DialectReading =
  | {
      readonly ok: true;
      /** Empty where it is the beginning or the middle of something that is not whole yet. */
      readonly parts: readonly MessagePart[];
      /** Remembers the message. Called once, and only when it goes on: one that is refused or dropped was never said. */
      readonly commit?: () => void;
    }
  | DialectFault;

/** A dialect on one connection. It sees every message of both directions once, in order. */
export interface DialectConnection {
  /** Reads one whole message. Never throws, changes nothing, and may be called again for the same message. */
  read(message: ReadableMessage): DialectReading;
  /** A message that it could not read has gone on all the same: nobody enforces the dialect. */
  missed?(): void;
}

/** A dialect with its options in force. */
export interface Dialect {
  /** As it is written in the configuration, such as `json-rpc`. */
  readonly name: string;
  /** Subprotocols that mean it, in lower case. */
  readonly subprotocols: readonly string[];
  /** Every `kind` that it knows, so that rules can be checked. */
  readonly kinds: readonly string[];
  /**
   * What it must have heard to read a message. `nothing`: only that message, so that after a reload its new options hold at once.
   * `all`: everything from the first one on, so that it cannot join a talk that a reload finds under way. Absent: it can join.
   */
  readonly needs?: "nothing" | "all";
  /** @param subprotocol the one in use on the connection, `null` for none */
  open(subprotocol: string | null): DialectConnection;
}

/** What one dialect's file exports: its name, its options as a schema, and how to make it. */
export interface DialectDefinition<Options> {
  /** As it is written in the configuration. */
  readonly name: string;
  /** What it reads, in one sentence. */
  readonly reads: string;
  /** Its options, each with a default and a description that `explain` prints; a mapping, without a default as a whole. */
  readonly options: z.ZodType<Options>;
  create(options: Options): Dialect;
}
