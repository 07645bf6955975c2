import type { CheckContext } from "../../check-context.ts";
import type { HandshakeChange } from "../../probe/handshake.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Exchange } from "../../probe/transcript.ts";
import { waitItsTurn } from "../wait-its-turn.ts";
import { membersOf, parseJson } from "./fill-message.ts";
import { textsOf } from "./texts-of.ts";

/** A message of graphql-transport-ws, as far as it is known. */
export interface GraphqlMessage {
  readonly type: string;
  readonly id: unknown;
  readonly payload: unknown;
}

/** What was answered to an operation. */
export interface GraphqlAnswer {
  readonly messages: readonly GraphqlMessage[];
  /** The connection was closed with this; null where it was not, or without a code. */
  readonly code: number | null;
  readonly exchange: Exchange;
}

/** One of the two protocols of GraphQL over WebSocket. */
export interface GraphqlDialect {
  /** Its handshake. */
  readonly change: HandshakeChange;
  readonly subprotocol: string;
  /** The type of the message that begins an operation. */
  readonly begins: string;
}

/** That of the library graphql-ws, and the one before it, of subscriptions-transport-ws, whose subprotocol is called graphql-ws. */
const DIALECTS: readonly GraphqlDialect[] = [
  {
    subprotocol: "graphql-transport-ws",
    begins: "subscribe",
    change: { subprotocols: ["graphql-transport-ws"] },
  },
  { subprotocol: "graphql-ws", begins: "start", change: { subprotocols: ["graphql-ws"] } },
];
/** Types of messages with a result. */
const RESULTS: ReadonlySet<string> = new Set(["next", "data"]);
/** Why a check of GraphQL does not apply. */
export const NO_GRAPHQL =
  "it speaks neither graphql-transport-ws nor graphql-ws: connection_init is not acknowledged";

/** The message that begins a session: the user's own, where one was given. */
function initOf(context: CheckContext): string {
  return context.settings.messages.find(isInit) ?? '{"type":"connection_init"}';
}

function isInit(message: string): boolean {
  return membersOf(parseJson(message))["type"] === "connection_init";
}

/** Whether the user gave the message that begins a session. */
export function hasOwnInit({ settings }: CheckContext): boolean {
  return settings.messages.some(isInit);
}

/** Which protocol the target speaks: it chooses the subprotocol, and acknowledges; null where it is none. Asked once in a scan. */
export function findGraphql(context: CheckContext): Promise<GraphqlDialect | null> {
  return context.remember("graphql", async () => {
    for (const dialect of DIALECTS) if ((await openGraphql(context, dialect)) !== null) return dialect;
    return null;
  });
}

/** A connection whose session has begun; null where it does not. */
async function openGraphql(
  context: CheckContext,
  { change, subprotocol }: GraphqlDialect,
): Promise<Probe | null> {
  const attempt = await context.open(change);
  const { probe } = attempt;
  const chosen = probe.head?.headers.find(([name]) => name === "sec-websocket-protocol")?.[1];
  if (attempt.kind !== "accepted" || chosen !== subprotocol) return null;
  probe.text(initOf(context));
  const isAcknowledged = (): boolean => messagesOf(probe).some(({ type }) => type === "connection_ack");
  await waitItsTurn(context, probe, isAcknowledged);
  return isAcknowledged() && !probe.isClosed ? probe : null;
}

/** Asks something in a session of its own, and waits for the result; null where no session begins. */
export async function askGraphql(context: CheckContext, query: string): Promise<GraphqlAnswer | null> {
  const dialect = await findGraphql(context);
  const probe = dialect === null ? null : await openGraphql(context, dialect);
  return dialect === null || probe === null ? null : beginOperation(context, probe, { dialect, query });
}

/** Sends an operation on a connection, and waits for what comes of it. */
export async function beginOperation(
  context: CheckContext,
  probe: Probe,
  { dialect, query }: { readonly dialect: GraphqlDialect; readonly query: string },
): Promise<GraphqlAnswer> {
  probe.text(JSON.stringify({ id: "scan", type: dialect.begins, payload: { query } }));
  const ofIt = (): readonly GraphqlMessage[] => messagesOf(probe).filter(({ id }) => id === "scan");
  await waitItsTurn(context, probe, () => ofIt().length > 0);
  const close = probe.closeFrame;
  return {
    messages: ofIt(),
    code: close !== null && close.payload.length >= 2 ? close.payload.readUInt16BE(0) : null,
    exchange: probe.exchange(`the operation ${query.slice(0, 80)}`),
  };
}

/** The data of a result without errors; null where there is none. */
export function dataOf({ messages }: GraphqlAnswer): Readonly<Record<string, unknown>> | null {
  const next = messages.find(({ type }) => RESULTS.has(type));
  const payload = membersOf(next?.payload);
  return payload["errors"] === undefined && typeof payload["data"] === "object" && payload["data"] !== null
    ? membersOf(payload["data"])
    : null;
}

function messagesOf({ frames }: Probe): readonly GraphqlMessage[] {
  return textsOf(frames).map((text) => {
    const { type, id, payload } = membersOf(parseJson(text));
    return { type: typeof type === "string" ? type : "", id, payload };
  });
}
