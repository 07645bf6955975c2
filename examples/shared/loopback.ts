import { createServer, type Server } from "node:net";

/** Listens on loopback, on this port or, for 0, on a free one. Returns the port; rejects when it is taken. */
export function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** The port itself when nobody on loopback has it, or else a free one. */
export function freePort(wanted: number): Promise<number> {
  return probe(wanted).catch(() => probe(0));
}

async function probe(port: number): Promise<number> {
  const server = createServer();
  const found = await listenOnLoopback(server, port);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return found;
}
