import type { Handler } from "./listen-handler.ts";
import type { MessageEnd } from "./message-end.ts";
import type { Topics } from "./topics.ts";

/** What every connection of a server shares. */
export interface MessageServer<State> {
  readonly handler: Handler<State>;
  readonly topics: Topics;
  /** Bytes that may wait for the handler before the client is read no further. */
  readonly queueBytes: number;
  /** Topics that one connection may subscribe to. */
  readonly maxTopics: number;
  /** UTF-16 units in the name of a topic. */
  readonly maxTopicLength: number;
  /** Bytes that may wait for a client where no guard bounds them. */
  readonly maxUnsentBytes: number;
  /** Takes back the state of a connection that never opened; `null`: nobody does. */
  readonly discard: ((state: State) => unknown) | null;
  /** The open connections. */
  readonly ends: Set<MessageEnd<State>>;
  /** Tells of a handler that failed when its connection had ended. */
  failed(cause: string): void;
}
