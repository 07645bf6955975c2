import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { serializeExtensions } from "../protocol/extensions.ts";
import { refusalParts, type FieldLines } from "../protocol/handshake-response.ts";
import { checkExtendedConnect, checkHttp2Request, readHttp2Head } from "../protocol/http2-request.ts";
import type { RefusedHandshake } from "../session/admission.ts";
import type { ArrivingRequest } from "./arrival.ts";
import type { ClientEnd } from "./client-end.ts";
import type { PlainResponse } from "./plain-exchange.ts";
import type { SocketEnds } from "./peer.ts";

/** A peer gets this long to take its refusal, milliseconds. */
const LINGER_MS = 1000;

/** Fields of one connection of HTTP/1.1: an answer over HTTP/2 has none of them (RFC 9113 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** What a request over HTTP/2 is made from. */
export interface Http2Request {
  /** Its fields as they came, pseudo-headers included. */
  readonly raw: readonly string[];
  readonly socket: SocketEnds;
  /** The client sends nothing more. */
  readonly ended: boolean;
  /** From a CSPRNG. */
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * A request of HTTP/2. With `:protocol` it asks for a WebSocket: the application, which speaks HTTP/1.1, gets a key of ours.
 * A plain one with a body of unknown length goes on in chunks.
 */
export function http2Request({ raw, socket, ended, random }: Http2Request): ArrivingRequest {
  const isPseudo = (name: string): boolean => raw.some((text, index) => index % 2 === 0 && text === name);
  const kind = isPseudo(":protocol") ? "websocket" : "http";
  const head =
    kind === "websocket"
      ? readHttp2Head(raw, ["sec-websocket-key", Buffer.from(random(16)).toString("base64")])
      : readHttp2Head(raw, ended || isPseudo("content-length") ? [] : ["transfer-encoding", "chunked"]);
  const { method, target, headers } = head;
  return {
    kind,
    method,
    target,
    headers,
    socket,
    secure: true,
    check: () => (kind === "websocket" ? checkExtendedConnect(head) : checkHttp2Request(head)),
  };
}

/** The end of a WebSocket over HTTP/2: a stream, answered 200 (RFC 8441 5). */
export function http2End(stream: ServerHttp2Stream): ClientEnd {
  return {
    // An end of the gate's in the middle is CANCEL, what a reset is to TCP (RFC 8441 5).
    socket: cancelled(stream),
    head: Buffer.alloc(0),
    accept({ subprotocol, extensions = [], headers = [] }) {
      const chosen: FieldLines = subprotocol === null ? [] : [["sec-websocket-protocol", subprotocol]];
      const inForce: FieldLines =
        extensions.length === 0 ? [] : [["sec-websocket-extensions", serializeExtensions(extensions)]];
      if (!stream.destroyed) stream.respond(answerFields(200, [...chosen, ...inForce, ...headers]));
      return "";
    },
    refuse: (refused) => refuseStream(stream, refused),
    relay: ({ status, headers, body }) => answerAndClose(stream, answerFields(status, headers), body),
  };
}

/** Refuses in the words of HTTP/1.1. */
export function refuseStream(stream: ServerHttp2Stream, refused: RefusedHandshake): void {
  const { fields, body } = refusalParts(refused);
  answerAndClose(stream, answerFields(refused.status, fields), Buffer.from(body, "latin1"));
}

/**
 * Where the answer to a plain request over HTTP/2 goes: the stream itself. One that the client has reset is destroyed instead:
 * while its body is half read it is closed and not destroyed yet, and whoever answers on it would throw.
 */
export function http2Response(stream: ServerHttp2Stream): PlainResponse {
  return Object.assign(stream, {
    writeHead(status: number, flat: string[]): void {
      if (stream.closed) return void stream.destroy();
      const fields = flat.flatMap((name, index) =>
        index % 2 === 0 ? [[name, flat[index + 1] ?? ""] as const] : [],
      );
      stream.respond(answerFields(status, fields));
    },
  });
}

function answerFields(status: number, fields: FieldLines): OutgoingHttpHeaders {
  const answer: Record<string, string[]> = {};
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    if (!CONNECTION_FIELDS.has(lower)) (answer[lower] ??= []).push(value);
  }
  const single = Object.entries(answer).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  return { ":status": status, ...(Object.fromEntries(single) as OutgoingHttpHeaders) };
}

/** Answers, and ends the stream for both sides: what the client still sends is not wanted (RFC 9113 8.1). */
function answerAndClose(stream: ServerHttp2Stream, fields: OutgoingHttpHeaders, body: Uint8Array): void {
  stream.on("error", () => {});
  if (stream.destroyed || stream.headersSent) return void stream.destroy();
  try {
    stream.respond(fields);
  } catch {
    // An application's own answer may hold what HTTP/2 cannot carry.
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  if (!stream.writableEnded) stream.end(body);
  stream.resume();
  stream.close(constants.NGHTTP2_NO_ERROR);
  const timer = setTimeout(() => stream.destroy(), LINGER_MS);
  stream.once("close", () => clearTimeout(timer));
}

function cancelled(stream: ServerHttp2Stream): Duplex {
  const destroy = stream.destroy.bind(stream);
  stream.destroy = (error?: Error): typeof stream => {
    const open = !stream.destroyed && !stream.closed && stream.session?.destroyed === false;
    if (open) stream.close(constants.NGHTTP2_CANCEL);
    return destroy(error);
  };
  return stream;
}
