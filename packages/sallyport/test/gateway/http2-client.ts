import { Buffer } from "node:buffer";
import { once } from "node:events";
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
  type IncomingHttpStatusHeader,
} from "node:http2";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { RawPeer } from "./raw-client.ts";

/** Connects by HTTP/2 and waits for the gate's settings. Destroyed when the test ends. */
export async function connectHttp2(
  url: string,
  options: SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connect(url, { rejectUnauthorized: false, ...options });
  session.on("error", () => undefined);
  onTestFinished(() => session.destroy());
  await once(session, "remoteSettings");
  return session;
}

/** Fields of an extended CONNECT in place of the usual ones; `null` takes one out. */
export type ConnectFields = Readonly<Record<string, string | string[] | null>>;

/** Sends an extended CONNECT (RFC 8441 5.1). */
export function requestWebSocket(session: ClientHttp2Session, fields: ConnectFields = {}): ClientHttp2Stream {
  const all = {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "https",
    ":authority": "localhost",
    ":path": "/",
    "sec-websocket-version": "13",
    origin: "https://localhost",
    ...fields,
  };
  const kept = Object.entries(all).filter(([, value]) => value !== null);
  const stream = session.request(Object.fromEntries(kept) as IncomingHttpHeaders, { endStream: false });
  stream.on("error", () => undefined);
  return stream;
}

/** The fields of an answer. */
export function answerOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders & IncomingHttpStatusHeader> {
  return new Promise((resolve, reject) => {
    stream.once("response", resolve);
    stream.once("close", () => reject(new Error(`closed without an answer: ${stream.rstCode}`)));
  });
}

/** The status of a refusal and its body. */
export async function refusalOf(
  stream: ClientHttp2Stream,
): Promise<{ status: number | undefined; body: string }> {
  const fields = await answerOf(stream);
  return { status: fields[":status"], body: await text(stream) };
}

/** The status that a request is answered with, or `reset`. */
export function outcomeOf(stream: ClientHttp2Stream): Promise<string> {
  return new Promise((resolve) => {
    stream.once("response", (fields) => resolve(String(fields[":status"])));
    stream.once("close", () => resolve("reset"));
  });
}

/** Opens a WebSocket over HTTP/2; fails unless the answer is 200. */
export async function openHttp2(
  session: ClientHttp2Session,
  fields: ConnectFields = {},
): Promise<{ peer: RawPeer; stream: ClientHttp2Stream; answer: IncomingHttpHeaders }> {
  const stream = requestWebSocket(session, fields);
  const answer = await answerOf(stream);
  if (answer[":status"] !== 200) throw new Error(`${answer[":status"]} ${await text(stream)}`);
  // All that a peer needs of its socket, a stream has, too.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return { peer: new RawPeer(stream as unknown as Socket), stream, answer };
}

/** Sends a plain request. */
export function requestPlain(
  session: ClientHttp2Session,
  fields: Readonly<Record<string, string>>,
  body?: string,
): ClientHttp2Stream {
  const stream = session.request(
    { ":method": "GET", ":authority": "localhost", ":path": "/", ...fields },
    { endStream: body === undefined },
  );
  stream.on("error", () => undefined);
  if (body !== undefined) stream.end(Buffer.from(body));
  return stream;
}
