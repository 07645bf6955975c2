import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { constants, inflateRawSync } from "node:zlib";
import { frame, opcodes } from "../src/probe/frame.ts";
import { FrameReader, type ReceivedFrame } from "../src/probe/frame-reader.ts";
import { createKey } from "../src/probe/handshake.ts";

/** What a naive client does in its own way. */
export interface NaiveClientSetup {
  /** Header lines besides those of every handshake. */
  readonly headers?: readonly string[];
  /** The masking key of each frame; null: none. Default: random. */
  readonly mask?: (count: number) => Uint8Array | null;
  /** Sends text messages back. Default: false. */
  readonly echoes?: boolean;
  /** Follows redirects, with all headers. Default: false. */
  readonly follows?: boolean;
  /** What it does at a close frame. Default: it sends it back and reads on. */
  readonly atClose?: "ignore" | "drop";
  /** It says something at once. Default: false. */
  readonly hurries?: boolean;
  /** It connects, and is closed by itself when it was opened. Default: false. */
  readonly leaves?: boolean;
  /** It ends the connection (1003) at binary messages. Default: false. */
  readonly refusesBinary?: boolean;
  /** It answers no pings. Default: false. */
  readonly isMute?: boolean;
  /** It connects once, and never again. Default: false. */
  readonly once?: boolean;
}

/** Something that connects to a URL again and again until it is ended. */
export type ClientLoop = (url: string) => { readonly end: () => void };

/**
 * A client that was written in an afternoon: it takes any answer for the right one and frames in any form, has no limits, answers pings and
 * closes. For faults that no current library has.
 */
export function naiveClient(setup: NaiveClientSetup = {}): ClientLoop {
  return (url) => {
    let isOver = false;
    let socket: Socket | null = null;
    const again = (): void => {
      socket = open(url, setup);
      socket.on("error", () => undefined);
      socket.on("close", () => isOver || setup.once === true || setImmediate(() => isOver || again()));
    };
    again();
    return {
      end() {
        isOver = true;
        socket?.destroy();
      },
    };
  };
}

function open(url: string, setup: NaiveClientSetup): Socket {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const { headers = [], mask = () => randomBytes(4) } = setup;
  let sent = 0;
  const send = (opcode: ReceivedFrame["opcode"], payload: string | Buffer): void => {
    if (socket.writable) socket.write(frame({ opcode, payload, mask: mask((sent += 1)) }));
  };
  const lines = [
    "GET / HTTP/1.1",
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${createKey()}`,
    ...headers,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  if (setup.hurries === true) send(opcodes.text, "early");
  const reader = new FrameReader();
  let head: Buffer | null = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    let rest = chunk;
    if (head !== null) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      const location = /^location: *(\S+)/im.exec(head.toString("latin1", 0, end))?.[1];
      if (setup.follows === true && location !== undefined) {
        const next = open(location, setup);
        next.on("error", () => undefined);
        socket.on("close", () => next.destroy());
        return;
      }
      rest = head.subarray(end + 4);
      head = null;
      if (setup.leaves === true) socket.end();
    }
    for (const received of reader.feed(rest)) take(received, { send, socket, setup });
  });
  return socket;
}

interface Taking {
  readonly send: (opcode: number, payload: string | Buffer) => void;
  readonly socket: Socket;
  readonly setup: NaiveClientSetup;
}

function take({ opcode, payload, reserved }: ReceivedFrame, { send, socket, setup }: Taking): void {
  // Without a limit.
  if (reserved === 4 && opcode === opcodes.binary)
    inflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  if (opcode === opcodes.ping && setup.isMute !== true) send(opcodes.pong, payload);
  if (opcode === opcodes.text && setup.echoes === true) send(opcodes.text, payload);
  if (opcode === opcodes.binary && setup.refusesBinary === true)
    send(opcodes.close, Buffer.from([0x03, 0xeb]));
  if (opcode !== opcodes.close || setup.atClose === "ignore") return;
  if (setup.atClose === "drop") socket.destroy();
  else send(opcodes.close, payload);
}
