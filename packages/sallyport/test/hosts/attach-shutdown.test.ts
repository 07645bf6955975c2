import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { loadDevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import {
  closed,
  echo,
  guardServer,
  nextMessage,
  openClient,
  wsApplication,
  type GuardedServer,
} from "./guarded-server.ts";

interface Shown {
  readonly server: Server;
  readonly sockets: WebSocketServer;
  /** The sockets that the server's own event showed, as those keep them who want to end all of them one day. */
  readonly tracked: Set<Socket>;
}

function tracking({ server, sockets }: Omit<Shown, "tracked">): Shown {
  const tracked = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    tracked.add(socket);
    socket.once("close", () => tracked.delete(socket));
  });
  return { server, sockets, tracked };
}

async function secureApplication(): Promise<Shown> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-tls-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { certificatePem, keyPem } = await loadDevelopmentCertificate({ directory, names: ["localhost"] });
  const server = createSecureServer({ cert: certificatePem, key: keyPem });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", echo);
  return tracking({ server, sockets });
}

const applications: readonly [string, () => Shown | Promise<Shown>][] = [
  ["plain", () => tracking(wsApplication())],
  ["TLS", secureApplication],
];

async function open(guarded: GuardedServer, { server }: Shown): Promise<WebSocket> {
  const scheme = server instanceof createSecureServer().constructor ? "wss" : "ws";
  const origin = `${scheme.replace("ws", "http")}://localhost:${guarded.port}`;
  const url = `${scheme}://localhost:${guarded.port}`;
  return await openClient(url, { rejectUnauthorized: false, headers: { origin } });
}

describe.each(applications)("a %s server that attach guards", (_name, make) => {
  it("ends a connection, at both ends, when the socket that it showed is destroyed, and closes", async () => {
    const shown = await make();
    const guarded = await guardServer("attach", shown.server);
    const client = await open(guarded, shown);
    const [atApplication] = [...shown.sockets.clients].map((socket) => closed(socket));
    const atClient = closed(client);
    const serverClosed = once(shown.server, "close");
    shown.server.close();
    expect(shown.tracked.size).toBe(1);
    for (const socket of shown.tracked) socket.destroy();
    expect((await atClient).code).toBe(1006);
    await atApplication;
    await serverClosed;
    expect(guarded.connections()).toBe(0);
    expect(await guarded.seen("closed")).toMatchObject({ closeCode: 1006 });
  });

  it("shows the end of a connection on the socket that it showed, and not before", async () => {
    const shown = await make();
    const guarded = await guardServer("attach", shown.server);
    const client = await open(guarded, shown);
    client.send("through");
    await nextMessage(client);
    const [socket] = shown.tracked;
    expect(socket?.destroyed).toBe(false);
    const ended = once(socket!, "close");
    client.close(1000);
    await ended;
    expect(shown.tracked.size).toBe(0);
  });

  it("ends a connection when the socket that it showed is ended", async () => {
    const shown = await make();
    const guarded = await guardServer("attach", shown.server);
    const client = await open(guarded, shown);
    const atClient = closed(client);
    for (const socket of shown.tracked) socket.end();
    expect((await atClient).code).toBe(1006);
    await guarded.seen("closed");
    expect(guarded.connections()).toBe(0);
  });

  it("leaves WebSockets open when closeAllConnections is called, as Node does", async () => {
    const shown = await make();
    const guarded = await guardServer("attach", shown.server);
    const client = await open(guarded, shown);
    shown.server.closeAllConnections();
    client.send("still here");
    expect((await nextMessage(client)).data.toString()).toBe("still here");
  });
});
