import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
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

/**
 * Where free ports are looked for: below those that a system gives to whoever listens at 0 or connects (Linux: from 32,768 on; others: from
 * 49,152 on), so that nobody is given one of them by chance between here and whoever it is for.
 */
const [FIRST, LAST] = [20_000, 32_767];

/** The port itself when nobody on loopback has it, or else a free one: no other call gets that as long as this process lives. */
export async function freePort(wanted: number): Promise<number> {
  if (wanted !== 0 && (await isFree(wanted))) return wanted;
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    if ((await isFree(port)) && (await keep(port))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isTaken = await listenOnLoopback(server, port).then(
    () => false,
    () => true,
  );
  await new Promise((resolve) => void server.close(resolve));
  return !isTaken;
}

/** Marks a port as given, for other processes too: by a socket of UDP, which leaves TCP to whoever the port is for. Answers whether nobody else had. */
function keep(port: number): Promise<boolean> {
  const mark = createSocket("udp4").unref();
  return new Promise((resolve) => {
    mark.once("error", () => {
      mark.close();
      resolve(false);
    });
    mark.bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(true));
  });
}
