import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { NetworkAddress } from "../../policy/network-address.ts";

/** Answers challenges of HTTP-01 (RFC 8555 8.3). */
export interface ChallengeServer {
  /** The real port. */
  readonly port: number;
  close(): void;
}

const PREFIX = "/.well-known/acme-challenge/";
const TOKEN = /^[\w-]{16,256}$/;
/** A handful of connections is what an authority opens; strangers find the others taken for five seconds at most. */
const MAX_CONNECTIONS = 256;
const WITHIN_MS = 5000;
const MAX_HEAD_BYTES = 4096;

/**
 * Listens where an authority asks for challenges of HTTP-01. What `find` knows is answered, anything else is 404: nothing is redirected, nothing
 * else is served, and no connection is kept. Rejects when it cannot listen there.
 */
export async function openChallengeServer(
  { host, port }: NetworkAddress,
  find: (token: string) => Promise<string | null>,
): Promise<ChallengeServer> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: WITHIN_MS,
      requestTimeout: WITHIN_MS,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => void answer(request, response, find),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // Node ends a connection that begins with something else than a request by itself, and nothing of it is told.
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("upgrade", (_request, socket) => socket.destroy());
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  { method, url = "" }: IncomingMessage,
  response: ServerResponse,
  find: (token: string) => Promise<string | null>,
): Promise<void> {
  const [path = ""] = url.split("?", 1);
  const token = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : "";
  const asks = (method === "GET" || method === "HEAD") && TOKEN.test(token);
  const text = asks ? await find(token).catch(() => null) : null;
  const headers = { "Cache-Control": "no-store", Connection: "close", "X-Content-Type-Options": "nosniff" };
  const type = text === null ? "text/plain" : "application/octet-stream";
  response.writeHead(text === null ? 404 : 200, { ...headers, "Content-Type": type });
  response.end(text ?? "");
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
