import { acceptOf, withHeaders } from "../probe/handshake.ts";
import type { RawSocket } from "../probe/listen.ts";
import { createMasker } from "../probe/masker.ts";
import { Probe } from "../probe/probe.ts";
import { type RequestHead, requestHeader } from "../probe/request-head.ts";

/** How the answer to a handshake differs from the right one. */
export interface AnswerChange {
  /** Default: `101 Switching Protocols`. */
  readonly status?: string;
  /** Headers with other values, or new ones; null takes one away. */
  readonly set?: Readonly<Record<string, string | null>>;
}

/** Bytes that one client may send on a connection, and frames of it that are kept. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_FRAMES = 2000;
const SECRET_HEADER = /^(authorization|proxy-authorization|cookie)$|token|secret|api-?key/i;
/** Headers of a request that evidence shows. */
const MAX_SHOWN = 12;

/** One connection of a client that asks for a WebSocket. It waits for its answer, which is up to the check. */
export class Visit {
  readonly request: RequestHead;
  readonly probe: Probe;
  readonly address: string;

  constructor(socket: RawSocket, request: RequestHead, patienceMs: number) {
    this.request = request;
    this.address = socket.remoteAddress ?? "";
    this.probe = new Probe(socket, createMasker(secretsOf(request)), {
      maxBytes: MAX_BYTES,
      maxFrames: MAX_FRAMES,
      patienceMs,
      end: "server",
    });
    this.probe.heard(describe(request));
  }

  header(name: string): string | null {
    return requestHeader(this.request, name);
  }

  /** What the client is known by: headers that carry credentials. */
  get credentials(): readonly (readonly [name: string, value: string])[] {
    return this.request.headers.filter(([name, value]) => SECRET_HEADER.test(name) && value !== "");
  }

  /** Subprotocols that it offers. */
  get subprotocols(): readonly string[] {
    return listOf(this.header("sec-websocket-protocol"));
  }

  /** It offers to compress (RFC 7692 7). */
  get compresses(): boolean {
    return listOf(this.header("sec-websocket-extensions")).some((each) =>
      /^permessage-deflate\s*(;|$)/i.test(each),
    );
  }

  /** Answers as RFC 6455 4.2.2 has it, with a change: the first subprotocol of those that are offered, and no extension. */
  accept({ status = "101 Switching Protocols", set = {} }: AnswerChange = {}): void {
    const [subprotocol] = this.subprotocols;
    const right = [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Accept", acceptOf(this.header("sec-websocket-key") ?? "")],
      ...(subprotocol === undefined ? [] : [["Sec-WebSocket-Protocol", subprotocol] as const]),
    ] as const;
    const lines = [
      `HTTP/1.1 ${status}`,
      ...withHeaders(right, set).map(([name, value]) => `${name}: ${value}`),
    ];
    this.probe.send(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), lines);
  }
}

function listOf(header: string | null): readonly string[] {
  return (header ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

function secretsOf({ headers }: RequestHead): readonly string[] {
  return headers.flatMap(([name, value]) =>
    SECRET_HEADER.test(name) ? [value, value.replace(/^\w+ /, "")] : [],
  );
}

function describe({ method, path, version, headers }: RequestHead): readonly string[] {
  const shown = headers.map(([name, value]) => `${name}: ${value}`);
  const more = shown.length > MAX_SHOWN ? [`(${shown.length - MAX_SHOWN} headers more)`] : [];
  return [`${method} ${path} ${version}`, ...shown.slice(0, MAX_SHOWN), ...more];
}
