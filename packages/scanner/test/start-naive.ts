import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createServer as createTls, type SecureContextOptions } from "node:tls";
import { frame, opcodes, type FrameShape } from "../src/probe/frame.ts";
import { FrameReader, type ReceivedFrame } from "../src/probe/frame-reader.ts";
import { acceptOf } from "../src/probe/handshake.ts";
import type { SpecimenServer } from "./specimen.ts";

/** One connection to a naive server. */
export interface NaiveConnection {
  readonly socket: Socket;
  /** The request's head, as it came. */
  readonly request: string;
  /** Sends a frame without a mask, as servers do. */
  readonly send: (shape: FrameShape) => void;
  /** Ends as a process does that throws: every connection at once, and nobody listens any more. */
  readonly die: () => void;
}

/** What a naive server does in its own way. */
export interface NaiveSetup {
  /** The whole answer to a handshake; undefined accepts it as RFC 6455 says. */
  readonly answer?: (request: string, die: () => void) => string | undefined;
  /** Header lines of the 101 in place of the right ones, given the right `Sec-WebSocket-Accept`. */
  readonly head?: (request: string, accept: string) => readonly string[];
  /** Bytes behind the handshake are read as frames. Default: true; else they are taken, and nothing is said. */
  readonly readsFrames?: (request: string) => boolean;
  /** Takes a frame; true where nothing else is to be done about it. */
  readonly onFrame?: (received: ReceivedFrame, connection: NaiveConnection) => boolean;
  /** The extensions that it says it has. */
  readonly extensions?: string;
  readonly onOpen?: (connection: NaiveConnection) => void;
  /** A connection was reset. */
  readonly onReset?: (die: () => void) => void;
  /** The certificate and key of a `wss:` server. Default: without TLS. */
  readonly tls?: SecureContextOptions;
}

/**
 * A server that was written in an afternoon: it admits any handshake, has no limits, and takes frames in any form. It answers pings, echoes
 * messages and closes. For faults that no current library has.
 */
export async function startNaive(setup: NaiveSetup = {}): Promise<SpecimenServer> {
  const sockets = new Set<Socket>();
  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => setup.onReset?.(die));
    socket.on("close", () => sockets.delete(socket));
    serve(socket, setup, die);
  };
  const server = setup.tls === undefined ? createServer(take) : createTls(setup.tls, take);
  const die = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `${setup.tls === undefined ? "ws" : "wss"}://127.0.0.1:${port}/`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(socket: Socket, setup: NaiveSetup, die: () => void): void {
  const reader = new FrameReader();
  let head = Buffer.alloc(0);
  let connection: NaiveConnection | null = null;
  const takeFrames = (open: NaiveConnection, chunk: Buffer): void => {
    if (setup.readsFrames?.(open.request) === false) return;
    for (const received of reader.feed(chunk))
      if (setup.onFrame?.(received, open) !== true) answerFrame(received, open);
  };
  socket.on("data", (chunk) => {
    if (connection !== null) return takeFrames(connection, chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const request = head.toString("latin1", 0, end);
    const answer = setup.answer?.(request, die);
    if (answer !== undefined) return void socket.end(answer);
    const key = /^sec-websocket-key: *(.*)$/im.exec(request)?.[1] ?? "";
    const lines = setup.head?.(request, acceptOf(key)) ?? rightHead(acceptOf(key));
    const extensions =
      setup.extensions === undefined ? [] : [`Sec-WebSocket-Extensions: ${setup.extensions}`];
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${[...lines, ...extensions].join("\r\n")}\r\n\r\n`);
    connection = {
      socket,
      request,
      die,
      send: (shape) => void socket.write(frame({ mask: null, ...shape })),
    };
    setup.onOpen?.(connection);
    return takeFrames(connection, head.subarray(end + 4));
  });
}

function answerFrame({ opcode, payload }: ReceivedFrame, { send, socket }: NaiveConnection): void {
  if (opcode === opcodes.ping) send({ opcode: "pong", payload });
  else if (opcode === opcodes.text || opcode === opcodes.binary) send({ opcode, payload });
  else if (opcode === opcodes.close) {
    send({ opcode: "close", payload });
    socket.end();
  }
}

/** The header lines of a 101 as RFC 6455 has them. */
export function rightHead(accept: string): readonly string[] {
  return ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
}
