import type { Server } from "node:net";

/** Listens on a free port of loopback, and says on which: the harness waits for that line. */
export function listenAndAnnounce(server: Server): void {
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("not on a port");
    console.log(`listening ${address.port}`);
  });
}
