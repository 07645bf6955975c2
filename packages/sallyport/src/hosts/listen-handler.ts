import type { Buffer } from "node:buffer";
import type { Handshake, Identity } from "../guards/guard.ts";
import { HeaderList } from "../protocol/header-list.ts";
import type { AskApplication, UpgradeAsk } from "./application.ts";
import { applicationHeaders, applicationTarget } from "./application-headers.ts";
import type { Connection } from "./connection.ts";
import type { MessageBody } from "./message-body.ts";
import type { ConnectionClose } from "./connection-close.ts";
import { MessageEnd } from "./message-end.ts";
import type { MessageServer } from "./message-server.ts";

/** What happens on connections, where an application would rather be told than iterate. One object for all connections. */
export interface ConnectionEvents<State = undefined> {
  /** A connection has opened. The first message waits for what it returns. */
  open?(connection: Connection<State>): void | PromiseLike<void>;
  /** A message came: text as a string, binary as bytes. The next one waits for what it returns, and so, in time, does the client. */
  message?(connection: Connection<State>, data: string | Buffer): void | PromiseLike<void>;
  /**
   * A message that is larger than `queueBytes`, in place of `message`: read as it comes on a route with `messageSize.stream: true` and no guard
   * that reads content, else once it is whole. The next message waits for what it returns; what it has not read by then is not kept. Absent: it
   * comes by `message`, whole.
   */
  stream?(connection: Connection<State>, body: MessageBody): PromiseLike<void>;
  /** A connection has ended. */
  close?(connection: Connection<State>, close: ConnectionClose): void;
}

/**
 * What an application does with its connections: a function that is called with each, or events. What it throws or rejects with
 * closes that connection with 1011 and is told as an event; no other connection and not the process is harmed.
 */
export type Handler<State = undefined> =
  | ((connection: Connection<State>) => void | PromiseLike<void>)
  | ConnectionEvents<State>;

/** An upgrade that every guard let pass. Valid for as long as it takes to answer it. */
export interface UpgradeRequest {
  readonly identity: Identity;
  /** The session's id. */
  readonly session: string;
  /** Normalised path, without query. */
  readonly path: string;
  /** Query without credentials and without `?`; empty when there is none. */
  readonly query: string;
  /** Its fields without credentials that the policy strips, and with `Forwarded` and `X-Forwarded-*` of the gate's own. */
  readonly headers: Headers;
  readonly remoteAddress: string;
  /** Subprotocols that it offers and the policy lets through, in the client's order. */
  readonly subprotocols: readonly string[];
}

/** What an application says to an upgrade. */
export interface Welcome<State> {
  /** The connection's own. */
  readonly state: State;
  /** One of those offered; `null`: none. Default: the first of those offered. */
  readonly subprotocol?: string | null;
  /** More fields of the answer, such as `Set-Cookie`. */
  readonly headers?: AnswerHeaders;
}

/** Fields of an answer; a list where one name stands several times. */
export type AnswerHeaders =
  | Readonly<Record<string, string>>
  | readonly (readonly [name: string, value: string])[];

/** The application's own refusal. */
export interface Refusal {
  /** A status from 300 to 599. */
  readonly refuse: number;
  /** Its text. Default: none. */
  readonly body?: string;
  readonly headers?: AnswerHeaders;
}

/** Answers an upgrade. What it throws refuses with 500. */
export type AnswerUpgrade<State> = (
  request: UpgradeRequest,
) => Welcome<State> | Refusal | PromiseLike<Welcome<State> | Refusal>;

/** Asks an application in this process, and gives it the connection. */
export function askHandler<State>(
  server: MessageServer<State>,
  answerUpgrade: AnswerUpgrade<State> | null,
): AskApplication {
  return async (ask) => {
    const { handshake } = ask;
    const answer = answerUpgrade === null ? null : await answerUpgrade(requestOf(ask));
    if (answer !== null && "refuse" in answer) return refusalOf(answer);
    const [first = null] = handshake.subprotocols;
    const { subprotocol = first, headers = {} } = answer ?? {};
    return {
      kind: "taken",
      subprotocol,
      headers: headerList(headers),
      // Without an `upgrade` there is no state: the type of `listen` says so.
      wire: new MessageEnd(server, answer?.state as State),
    };
  };
}

function headerList(headers: AnswerHeaders): HeaderList {
  return new HeaderList((isPairs(headers) ? headers : Object.entries(headers)).flat());
}

function isPairs(headers: AnswerHeaders): headers is readonly (readonly [string, string])[] {
  return Array.isArray(headers);
}

function refusalOf({ refuse, body = "", headers = {} }: Refusal): Awaited<ReturnType<AskApplication>> {
  return {
    kind: "answered",
    status: refuse,
    headers: headerList(headers),
    body: contentOf(body),
  };
}

async function* contentOf(body: string): AsyncGenerator<Uint8Array> {
  if (body !== "") yield new TextEncoder().encode(body);
}

function requestOf({ handshake, identity, session }: UpgradeAsk): UpgradeRequest {
  const { path, address } = handshake.request;
  return {
    identity,
    session,
    path,
    query: queryOf(handshake),
    remoteAddress: address,
    subprotocols: handshake.subprotocols,
    // Made when somebody looks.
    get headers() {
      return headersOf(handshake);
    },
  };
}

function queryOf(handshake: Handshake): string {
  const target = applicationTarget(handshake, "");
  const at = target.indexOf("?");
  return at < 0 ? "" : target.slice(at + 1);
}

function headersOf(handshake: Handshake): Headers {
  const flat = applicationHeaders(handshake, { session: null, identity: null });
  const headers = new Headers();
  for (let index = 0; index < flat.length; index += 2)
    headers.append(flat[index] ?? "", flat[index + 1] ?? "");
  return headers;
}
