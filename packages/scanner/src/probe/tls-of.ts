import type { Socket } from "node:net";
import { getCACertificates, TLSSocket } from "node:tls";

/** A connection as one of TLS; null where it has none. */
export function tlsOf(socket: Socket): TLSSocket | null {
  return socket instanceof TLSSocket ? socket : null;
}

/** Certificates of the authorities that Node and this machine trust, PEM. */
export function knownAuthorities(): readonly string[] {
  return [...getCACertificates("default"), ...getCACertificates("system")];
}
