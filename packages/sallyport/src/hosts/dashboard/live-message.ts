import type { SallyportEvent } from "../../events.ts";
import type { SessionView } from "../session-view.ts";

/** What one route carried in a second, on the average of the sample. */
export interface RouteSample {
  /** Open connections, at the end of the sample. */
  readonly connections: number;
  /** Data messages from clients that passed, per second. */
  readonly messagesIn: number;
  /** Data messages to clients that passed, per second. */
  readonly messagesOut: number;
  /** Payload bytes of these, per second. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What the gate did in one second, or in several on the average. All processes of the gate together. */
export interface GateSample {
  /** The end of the sample, milliseconds since the epoch. */
  readonly at: number;
  /** Seconds that it is about. */
  readonly seconds: number;
  /** Open connections, at the end. */
  readonly connections: number;
  /** By the route's label. */
  readonly perRoute: Readonly<Record<string, RouteSample>>;
  /** Handshakes per second, admitted and refused. */
  readonly handshakes: number;
  /** Refused handshakes, and messages or connections that a guard dropped or closed, per second, by the guard. */
  readonly refusals: Readonly<Record<string, number>>;
  /** How long the gate took for what it read at once; measured for one reading in 64. `null`: none was measured. */
  readonly latencyAddedMs: { readonly p50: number; readonly p99: number } | null;
  /** CPU time by time: 1 is a whole core. */
  readonly cpu: number;
  /** Resident memory, bytes. */
  readonly memory: number;
  /** The longest delay of a timer. */
  readonly loopDelayMs: number;
}

/** An event, and when it happened: milliseconds since the epoch. */
export type SeenEvent = { readonly at: number } & SallyportEvent;

/** What the gate tells the page on `GET /dashboard/live`. Strings of peers are as they are in events: show them inert. */
export type LiveMessage =
  /** First of all. */
  | {
      readonly type: "hello";
      /** Of the package. */
      readonly version: string;
      /** Names this run of the gate: another one after a restart. */
      readonly gate: string;
      /** What operators call this node, where nodes share their state; `null`: there is one. */
      readonly node: string | null;
      /** Of the policy in force; `null`: there is none yet. */
      readonly policyVersion: string | null;
      /** The gate's clock, milliseconds since the epoch. */
      readonly now: number;
      /** Between two samples. */
      readonly intervalMs: number;
    }
  /** Before the first sample: the last hour, as far as it is known, the oldest first; each of 10 seconds. */
  | { readonly type: "history"; readonly samples: readonly GateSample[] }
  | ({ readonly type: "sample" } & GateSample)
  /** What happened in the last second, the oldest first: 200 at most. */
  | {
      readonly type: "events";
      readonly events: readonly SeenEvent[];
      /** How many more there were. */
      readonly left: number;
    }
  /** How the connection is that the page watches: once a second, until it has ended. */
  | {
      readonly type: "session";
      /** As it was asked for. */
      readonly id: string;
      /** Milliseconds since the epoch. */
      readonly at: number;
      /** `null`: it is not open. */
      readonly session: SessionView | null;
      /** Nodes that did not say whether it is theirs. */
      readonly unanswered: readonly string[];
    }
  /** Why the gate is not well, whenever that has changed, and once at first; empty: it is. */
  | { readonly type: "problems"; readonly problems: readonly string[] };

/** What can be subscribed to. */
export type LiveTopic = "samples" | "events";

/** What the page says: from now on exactly these topics. `hello` and `problems` come in any case. */
export interface LiveRequest {
  readonly type: "subscribe";
  readonly topics: readonly LiveTopic[];
  /** The id of the session of a connection that is watched; absent: none. */
  readonly session?: string | undefined;
}
