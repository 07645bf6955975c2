import type { AddressTable } from "../guards/address-table.ts";

/** Who is at the other end of a connection, as far as the connection itself tells. */
export interface Peer {
  /** Empty where nobody can tell any more: the connection has gone. */
  readonly address: string;
  /** Proxies whose forwarding header is believed on this connection. */
  readonly trusted: AddressTable;
}

/** What a connection tells of its ends: a socket, plain or TLS, or that of an HTTP/2 session. */
export interface SocketEnds {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** Finds the peer of a connection. */
export type FindPeer = (socket: SocketEnds) => Peer;

/** Peers are who connects: for listeners without the PROXY protocol. */
export function directPeers(trusted: AddressTable): FindPeer {
  return ({ remoteAddress = "" }) => ({ address: remoteAddress, trusted });
}
