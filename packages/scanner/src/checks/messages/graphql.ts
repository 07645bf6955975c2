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

/** The handshake of the protocol of the library graphql-ws. */
export const GRAPHQL: HandshakeChange = { subprotocols: ["graphql-transport-ws"] };
/** Why a check of GraphQL does not apply. */
export const NO_GRAPHQL = "it does not speak graphql-transport-ws: connection_init is not acknowledged";

/** The message that begins a session: the user's own, where one was given. */
function initOf({ settings }: CheckContext): string {
  return (
    settings.messages.find((text) => membersOf(parseJson(text))["type"] === "connection_init") ??
    '{"type":"connection_init"}'
  );
}

/** Whether the target speaks graphql-transport-ws: it chooses the subprotocol, and acknowledges. Asked once in a scan. */
export function speaksGraphql(context: CheckContext): Promise<boolean> {
  return context.remember("graphql", async () => (await openGraphql(context)) !== null);
}

/** A connection whose session has begun; null where it does not. */
export async function openGraphql(context: CheckContext): Promise<Probe | null> {
  const attempt = await context.open(GRAPHQL);
  const { probe } = attempt;
  const chosen = probe.head?.headers.find(([name]) => name === "sec-websocket-protocol")?.[1];
  if (attempt.kind !== "accepted" || chosen !== "graphql-transport-ws") return null;
  probe.text(initOf(context));
  const isAcknowledged = (): boolean => messagesOf(probe).some(({ type }) => type === "connection_ack");
  await waitItsTurn(context, probe, isAcknowledged);
  return isAcknowledged() && !probe.isClosed ? probe : null;
}

/** Asks something in a session of its own, and waits for the result; null where no session begins. */
export async function askGraphql(context: CheckContext, query: string): Promise<GraphqlAnswer | null> {
  const probe = await openGraphql(context);
  return probe === null ? null : subscribe(context, probe, query);
}

/** Sends an operation on a connection, and waits for what comes of it. */
export async function subscribe(context: CheckContext, probe: Probe, query: string): Promise<GraphqlAnswer> {
  probe.text(JSON.stringify({ id: "scan", type: "subscribe", payload: { query } }));
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
  const next = messages.find(({ type }) => type === "next");
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
