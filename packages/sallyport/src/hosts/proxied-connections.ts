import type { Server, Socket } from "node:net";
import { createAddressTable, type AddressTable } from "../guards/address-table.ts";
import type { ErrorCode } from "../errors.ts";
import { parseProxyHeader } from "../protocol/proxy-protocol.ts";
import { refuse } from "../session/admission.ts";
import type { Gate } from "./gate.ts";
import type { FindPeer, Peer, SocketEnds } from "./peer.ts";

/** A load balancer sends its header at once; five seconds bridge a lost packet and its repetition. */
const HEADER_WITHIN_MS = 5000;

const NOBODY = createAddressTable([]);

/** The connections of a listener whose trusted proxies speak the PROXY protocol. */
export interface ProxiedConnections {
  readonly peerOf: FindPeer;
  /** Ends the connections that have not said yet whose they are. */
  close(): void;
}

interface Arrivals {
  readonly gate: Gate;
  readonly trusted: AddressTable;
  /** By both ends of the connection: TLS and HTTP/2 hand on another object than the one that was accepted. */
  readonly peers: Map<string, Peer>;
  readonly waiting: Set<Socket>;
}

/**
 * Puts the reading of PROXY protocol headers before everything else that a server does with a connection, TLS included.
 * A trusted proxy must begin with a header within 5 s: else, or when it cannot be read, its connection is refused and
 * ended. From anybody else nothing is read: a header there is a syntax error of what the server speaks.
 * Where the header names nobody (`LOCAL`, `UNKNOWN`) the proxy itself is the peer, and no forwarding header is believed.
 */
export function readProxyHeaders(server: Server, gate: Gate, trusted: AddressTable): ProxiedConnections {
  const arrivals: Arrivals = { gate, trusted, peers: new Map(), waiting: new Set() };
  const takers = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const take = (): void => {
      for (const taker of takers) taker.call(server, socket);
    };
    if (trusted.find(socket.remoteAddress ?? "") === null) return take();
    readHeader(arrivals, socket, take);
  });
  return {
    peerOf: (socket) => peerOf(arrivals, socket),
    close() {
      for (const socket of arrivals.waiting) socket.destroy();
    },
  };
}

function peerOf({ peers, trusted }: Arrivals, socket: SocketEnds): Peer {
  const known = peers.get(endsOf(socket));
  if (known !== undefined) return known;
  const address = socket.remoteAddress ?? "";
  // A proxy's connection that is not known has ended meanwhile: what it said is not to be believed without its header.
  return trusted.find(address) === null ? { address, trusted } : { address: "", trusted: NOBODY };
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: SocketEnds): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function readHeader(arrivals: Arrivals, socket: Socket, take: () => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const timer = setTimeout(
    () => end("proxyProtocol.too-slow", `${bytes.length} bytes within ${HEADER_WITHIN_MS} ms`),
    HEADER_WITHIN_MS,
  );
  const leave = (): void => {
    clearTimeout(timer);
    arrivals.waiting.delete(socket);
    socket.off("readable", read);
    socket.off("end", onEnd);
    socket.off("close", leave);
    socket.off("error", ignore);
  };
  const end = (code: ErrorCode, detail: string): void => {
    leave();
    refuseProxy(arrivals.gate, socket, { code, detail });
  };
  const onEnd = (): void => {
    if (bytes.length > 0) return end("proxyProtocol.malformed", `it ended after ${bytes.length} bytes`);
    // Connecting is all that the simplest health checks do: nothing to tell.
    leave();
    socket.destroy();
  };
  const read = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    bytes = Buffer.concat([bytes, chunk]);
    const header = parseProxyHeader(bytes);
    if (header.status === "invalid") return end("proxyProtocol.malformed", header.detail);
    if (header.status === "incomplete") return;
    leave();
    const peer =
      header.source === null ? socketPeer(socket) : { ...header.source, trusted: arrivals.trusted };
    handOn(arrivals, { socket, peer, rest: bytes.subarray(header.length), take });
  };
  arrivals.waiting.add(socket);
  socket.on("readable", read);
  socket.on("end", onEnd);
  socket.on("close", leave);
  socket.on("error", ignore);
}

interface KnownConnection {
  readonly socket: Socket;
  readonly peer: Peer;
  /** What came behind the header. */
  readonly rest: Uint8Array;
  readonly take: () => void;
}

function handOn({ peers }: Arrivals, { socket, peer, rest, take }: KnownConnection): void {
  const ends = endsOf(socket);
  peers.set(ends, peer);
  socket.once("close", () => peers.delete(ends));
  socket.on("error", ignore);
  // A stream learns in the next tick that nobody waits for `readable` any more; only then it flows for others.
  process.nextTick(() => {
    socket.off("error", ignore);
    if (socket.destroyed) return;
    if (rest.length > 0) socket.unshift(rest);
    take();
  });
}

function socketPeer({ remoteAddress = "" }: Socket): Peer {
  return { address: remoteAddress, trusted: NOBODY };
}

/** Tells the operator; the proxy finds its connection closed, since what it would speak is not known yet. */
function refuseProxy(
  gate: Gate,
  socket: Socket,
  denial: { readonly code: ErrorCode; readonly detail: string },
): void {
  const address = socket.remoteAddress ?? "";
  refuse(denial, { route: null, address, user: null, path: "", origin: null }, gate);
  socket.on("error", ignore);
  socket.destroy();
}

function ignore(): void {}
