import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Server } from "node:net";
import type { TLSSocket } from "node:tls";
import { MAX_HEADER_BYTES, MAX_HEADERS } from "../protocol/request-head.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { http2End, http2Request, http2Response } from "./http2-exchange.ts";
import { handleUpgrade } from "./upgrade.ts";
import type { Serving } from "./serving.ts";
import { serveWellKnown } from "./well-known.ts";
import { WELL_KNOWN_PREFIX } from "./well-known-path.ts";

/** What the HTTP/2 side of a listener needs of it. */
export interface Http2Listener {
  readonly gate: Gate;
  readonly context: ListenerContext;
  readonly serving: Serving;
  /** A connection without a stream is ended after this many milliseconds. */
  readonly idleMs: number;
}

/** Streams of one connection that may be open at once: the least that RFC 9113 6.5.2 recommends. */
const MAX_STREAMS = 100;
/** Bytes that a stream may send before they are read: the protocol's own default (RFC 9113 6.9.2). */
const STREAM_WINDOW_BYTES = 65_535;
/** What every stream may have waiting, so that those which are not read do not stop the others. */
const CONNECTION_WINDOW_BYTES = MAX_STREAMS * STREAM_WINDOW_BYTES;
/** Megabytes of Node's own for a connection: its default, above the window of the connection. */
const MAX_SESSION_MEGABYTES = 10;
/** Streams that a client may reset: a burst, and then so many a second (CVE-2023-44487). Twice what may be open, and a third of that. */
const RESET_BURST = 2 * MAX_STREAMS;
const RESETS_PER_SECOND = 33;
/** A plain request with its body. */
const REQUEST_WITHIN_MS = 300_000;
/** A client that is to go gets this long to go by itself, milliseconds. */
const LINGER_MS = 1000;

/** The HTTP/2 connections of a listener. */
export interface Http2Connections {
  /** Tells every client that nothing more is taken (GOAWAY). Open streams go on. */
  close(): void;
}

/**
 * Serves HTTP/2 (RFC 9113) and WebSockets over it (RFC 8441) to the clients of an HTTPS server that chose it by ALPN. The
 * others are the server's own as before: none of its options and limits changes. Every dimension has its bound here, too:
 * streams, header bytes and fields, settings, pings, resets, invalid frames, memory, and the time without a stream.
 */
export function acceptHttp2(server: Server, listener: Http2Listener): Http2Connections {
  const http2 = createHttp2Server();
  const sessions = new Set<ServerHttp2Session>();
  const takers = server.listeners("secureConnection");
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol !== "h2") {
      for (const taker of takers) taker.call(server, socket);
      return;
    }
    // The session begins within the call.
    http2.once("session", (session) => begin(session, socket));
    http2.emit("connection", socket);
  });
  const begin = (session: ServerHttp2Session, socket: TLSSocket): void => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    // A session's error is the end of its streams, which each know.
    session.on("error", () => {});
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    endFlood(session);
    endWhenIdle(session, socket, listener.idleMs);
  };
  http2.on("stream", (stream, _headers, _flags, raw: string[]) => take(listener, stream, raw));
  return {
    close() {
      for (const session of sessions) session.close();
    },
  };
}

function createHttp2Server(): Http2Server {
  return createServer({
    settings: {
      enableConnectProtocol: true,
      enablePush: false,
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxHeaderListSize: MAX_HEADER_BYTES,
    },
    maxSessionMemory: MAX_SESSION_MEGABYTES,
    // Twice the fields that a request may have: these are read, and refused with a status.
    maxHeaderListPairs: 2 * MAX_HEADERS,
    maxOutstandingPings: 10,
    maxSettings: 32,
    maxSessionRejectedStreams: MAX_STREAMS,
    maxSessionInvalidFrames: MAX_STREAMS,
    streamResetBurst: RESET_BURST,
    streamResetRate: RESETS_PER_SECOND,
  });
}

/**
 * Ends a connection on which more streams begin in one turn than may be reset in a burst: only what is reset makes room for them. Node counts
 * resets, too, but has read everything that came in one piece by the time at which it says so.
 */
function endFlood(session: ServerHttp2Session): void {
  let begun = 0;
  session.on("stream", () => {
    begun += 1;
    if (begun === 1) setImmediate(() => (begun = 0));
    if (begun > RESET_BURST) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });
}

/** Ends a connection on which nothing is open: pings and empty frames do not keep it. */
function endWhenIdle(session: ServerHttp2Session, socket: TLSSocket, idleMs: number): void {
  let open = 0;
  const end = (): void => session.close();
  let timer = setTimeout(end, idleMs);
  session.on("stream", (stream: ServerHttp2Stream) => {
    open += 1;
    clearTimeout(timer);
    stream.once("close", () => {
      open -= 1;
      if (open === 0 && !session.closed) timer = setTimeout(end, idleMs);
    });
  });
  session.once("close", () => {
    clearTimeout(timer);
    // A peer that does not end its half would keep the connection.
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(linger));
  });
}

function take(
  { gate, context, serving }: Http2Listener,
  stream: ServerHttp2Stream,
  raw: readonly string[],
): void {
  stream.on("error", () => {});
  const { session } = stream;
  if (session === undefined || session.destroyed) return void stream.destroy();
  const { socket } = session;
  const arriving = http2Request({ raw, socket, ended: stream.endAfterHeaders, random: gate.random });
  if (arriving.kind === "websocket")
    return void handleUpgrade(gate, context, arriving, { client: http2End(stream), ask: serving.ask });
  boundRequest(stream);
  const response = http2Response(stream);
  const { target, headers } = arriving;
  const exchange = { arriving, body: stream, response };
  if (target.startsWith(WELL_KNOWN_PREFIX)) return void serveWellKnown(gate, context, exchange);
  if (headers.get("expect")?.toLowerCase() === "100-continue") stream.additionalHeaders({ ":status": 100 });
  void serving.plain(gate, context, exchange);
}

/** A plain request has five minutes to arrive, as with HTTP/1.1, and what comes after its answer is not wanted. */
function boundRequest(stream: ServerHttp2Stream): void {
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), REQUEST_WITHIN_MS);
  stream.once("end", () => clearTimeout(timer));
  stream.once("close", () => clearTimeout(timer));
  stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
}
