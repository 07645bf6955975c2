import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** Where to, and how. */
export interface DialOptions {
  readonly address: string;
  readonly port: number;
  /** Null: without TLS. What is given here is for `node:tls`; certificates are not verified unless it says so. */
  readonly tls: ConnectionOptions | null;
  /** The name for SNI, where it is one. */
  readonly servername: string;
  readonly timeoutMs: number;
}

/** Opens a socket, with TLS where that is asked for. Rejects with what kept it from opening, within the time. */
export function dial({ address, port, tls, servername, timeoutMs }: DialOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const name = isIP(servername) === 0 ? { servername } : {};
    const socket: Socket =
      tls === null
        ? connectTcp({ host: address, port, noDelay: true })
        : // oxlint-disable-next-line sallyport/no-unverified-tls -- it looks at targets whose certificate nobody signed, and a check says so
          connectTls({ host: address, port, rejectUnauthorized: false, ...name, ...tls });
    const timer = setTimeout(() => fail(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    socket.once("error", fail);
    socket.once("close", () => fail(new Error("the connection was closed before it was open")));
    socket.once(tls === null ? "connect" : "secureConnect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      socket.removeAllListeners("close");
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
