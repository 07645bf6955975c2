import type { ErrorCode } from "../errors.ts";
import type { Handshake, Identity } from "../guards/guard.ts";
import type { Route } from "../policy/policy.ts";
import type { Extension } from "../protocol/extensions.ts";
import type { HeaderList } from "../protocol/header-list.ts";
import type { OpenSession } from "./gate.ts";
import type { HandshakeEnd } from "./handshake-end.ts";
import type { Wire } from "./wire.ts";

/** An upgrade that every guard let pass, on its way to the application. */
export interface UpgradeAsk {
  readonly handshake: Handshake;
  readonly route: Route;
  readonly identity: Identity;
  /** The session's id. */
  readonly session: string;
  /** Signs who the caller is, for an application elsewhere. */
  statement(): Promise<string>;
  /** The extensions that it is offered; empty for none. */
  readonly extensions: readonly Extension[];
  /** Ends when the client has gone. */
  readonly end: HandshakeEnd;
}

/** The application switched protocols; what it says about it is not checked yet. */
export interface SwitchedAnswer {
  readonly kind: "switched";
  readonly status: number;
  readonly headers: HeaderList;
  /** The application's end. */
  readonly wire: Wire;
  /** Bytes that came right behind its answer. */
  readonly head: Uint8Array;
}

/** An application in this process takes the connection, and its messages in place of frames. */
export interface TakenAnswer {
  readonly kind: "taken";
  /** One of those that it was offered; `null`: none. */
  readonly subprotocol: string | null;
  /** More fields for the client. */
  readonly headers: HeaderList;
  /** The application's end. */
  readonly wire: TakenWire;
}

/** The end of an application that takes messages. */
export interface TakenWire extends Wire {
  /** The connection is open: from now on it may be told of messages. */
  opened(open: OpenSession): void;
  /** Both ends are gone. Called once, where it was opened. */
  over(): void;
}

/** The application answered with something else: its own refusal. */
export interface OtherAnswer {
  readonly kind: "answered";
  readonly status: number;
  readonly headers: HeaderList;
  /** Its body; ends early where it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Of an application's own refusal, this much of its body is passed on; no more than that is read of it. */
export const MAX_REFUSAL_BODY_BYTES: number = 64 * 1024;

/** The application could not be asked. */
export interface FailedAnswer {
  readonly kind: "failed";
  readonly code: ErrorCode;
  readonly detail: string;
}

/** What differs between hosts: where the application is, and how it is asked for an upgrade. Never rejects. */
export type AskApplication = (
  ask: UpgradeAsk,
) => Promise<SwitchedAnswer | TakenAnswer | OtherAnswer | FailedAnswer>;
