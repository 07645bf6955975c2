import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { io, type ManagerOptions, type Socket } from "socket.io-client";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { guardServer, hostsOfLibraries, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";

const route: AttachRouteInput = { path: "/socket.io", identity: "anonymous", dialect: "socket.io" };

async function start(host: HostName): Promise<GuardedServer & { readonly sockets: Server }> {
  const server = createServer();
  const sockets = new Server(server);
  sockets.on("connection", (socket) => {
    socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
    socket.on("join", async (room: string, answer: () => void) => {
      await socket.join(room);
      answer();
    });
    socket.on("say", (room: string, text: string) => sockets.to(room).emit("said", text));
  });
  return { ...(await guardServer(host, server, { routes: [route] })), sockets };
}

function connect(url: string, options: Partial<ManagerOptions> = {}): Socket {
  const client = io(url, { transports: ["websocket"], forceNew: true, reconnectionDelay: 20, ...options });
  onTestFinished(() => void client.close());
  return client;
}

async function connected(url: string): Promise<Socket> {
  const client = connect(url);
  await event(client, "connect");
  return client;
}

/** What an event brings. */
function event(client: Socket, name: string): Promise<unknown> {
  return new Promise((resolve) => void client.once(name, resolve));
}

describe.each(hostsOfLibraries)("Socket.IO 4 through the host `%s`", (host) => {
  it("acknowledges text, objects and bytes", async () => {
    const { url } = await start(host);
    const client = await connected(url);
    for (const value of ["grüße", { a: [1, null, "x"] }])
      expect(await client.emitWithAck("echo", value)).toEqual(value);
    const answer: unknown = await client.emitWithAck("echo", { file: Buffer.alloc(100_000, 7), name: "x" });
    expect(answer).toEqual({ file: Buffer.alloc(100_000, 7), name: "x" });
  });

  it("brings what is said in a room to those in it, and to nobody else", async () => {
    const { url } = await start(host);
    const [ada, ben, eve] = await Promise.all([connected(url), connected(url), connected(url)]);
    const overheard: unknown[] = [];
    eve.on("said", (text) => overheard.push(text));
    await ada.emitWithAck("join", "attic");
    await ben.emitWithAck("join", "attic");
    const heard = Promise.all([event(ada, "said"), event(ben, "said")]);
    ada.emit("say", "attic", "anybody?");
    expect(await heard).toEqual(["anybody?", "anybody?"]);
    await eve.emitWithAck("echo", "round trip");
    expect(overheard).toEqual([]);
  });

  it("reconnects by itself when the connection is lost", async () => {
    const { url, sockets, seen, events } = await start(host);
    const client = await connected(url);
    const first = client.id;
    const again = event(client, "connect");
    sockets.sockets.sockets.get(String(first))?.conn.close();
    await again;
    expect(client.id).not.toBe(first);
    expect(await client.emitWithAck("echo", "again")).toBe("again");
    await seen("closed");
    expect(events.filter(({ type }) => type === "open")).toHaveLength(2);
  });

  it("tells either end why it was closed", async () => {
    const { url, sockets } = await start(host);
    const client = await connected(url);
    const socket = sockets.sockets.sockets.get(String(client.id));
    const left = socket === undefined ? null : once(socket, "disconnect");
    client.disconnect();
    expect((await left)?.[0]).toBe("client namespace disconnect");
    const other = await connected(url);
    const told = event(other, "disconnect");
    sockets.disconnectSockets(true);
    expect(await told).toBe("io server disconnect");
  });

  it("is refused its long polling, which goes round the message guards", async () => {
    const { url, sockets, seen } = await start(host);
    const client = connect(url, { transports: ["polling"], reconnection: false });
    expect(await event(client, "connect_error")).toBeInstanceOf(Error);
    expect(await seen("handshake")).toMatchObject({ code: "handshake.plain-http" });
    expect(sockets.engine.clientsCount).toBe(0);
  });
});
