import { once } from "node:events";
import { createServer, isIPv6, type Server, type Socket } from "node:net";

/** A raw connection, for those who are given one. */
export type RawSocket = Socket;

/** Where to listen. Port 0: any that is free. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Something that listens, and where. */
export interface Listening {
  readonly server: Server;
  /** Host and port as they stand in a URL. */
  readonly authority: string;
}

/** Listens for raw connections. Rejects where the address cannot be had. */
export async function listen(
  { host, port }: ListenAddress,
  onSocket: (socket: Socket) => void,
): Promise<Listening> {
  const server = createServer({ noDelay: true }, onSocket);
  server.listen({ host, port });
  await once(server, "listening");
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;
  return { server, authority: `${isIPv6(host) ? `[${host}]` : host}:${taken}` };
}
