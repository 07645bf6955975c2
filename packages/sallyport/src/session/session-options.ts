import type { Guard } from "../guards/guard.ts";
import type { Inflaters } from "./lane-host.ts";
import type { MessageSink } from "./message-record.ts";
import type { NameSink } from "./name-sink.ts";
import type { SessionEventsOptions } from "./session-events.ts";
import type { SessionPort } from "./session-port.ts";

/** What a session is made of. */
export interface SessionOptions extends SessionEventsOptions {
  /** The route's guards, in order. */
  readonly guards: readonly Guard[];
  readonly port: SessionPort;
  /** What inflates compressed messages, for as long as the connection lives; absent: compression was not negotiated. */
  readonly inflaters?: Inflaters | undefined;
  /** Where messages are recorded; absent: nowhere. */
  readonly messages?: MessageSink | null | undefined;
  /** Who is told how messages are called, where the connection speaks a dialect; absent: nobody. */
  readonly names?: NameSink | null | undefined;
  /** Whether the application is in this process and takes messages in place of frames. Default: `false`. */
  readonly delivers?: boolean;
  /** Milliseconds that a peer has to answer a Close and to end its socket. Default 5,000. */
  readonly closeWithinMs?: number;
}

/** Milliseconds that a peer has to answer a Close and to end its socket, where nothing else is said. */
export const CLOSE_WITHIN_MS = 5000;
