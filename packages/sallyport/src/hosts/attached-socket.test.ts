import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { AttachedSocket } from "./attached-socket.ts";
import type { WireEvents } from "./wire.ts";

const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

/** A client's socket as a server on loopback accepts it. */
async function acceptedClient(): Promise<{ client: Socket; port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const peer = connect({ port, host: "127.0.0.1" });
  const [client] = (await once(server, "connection")) as [Socket];
  onTestFinished(() => {
    peer.destroy();
    client.destroy();
    server.close();
  });
  return { client, port };
}

async function newSocket(): Promise<AttachedSocket> {
  const socket = new AttachedSocket((await acceptedClient()).client);
  socket.on("error", () => undefined);
  return socket;
}

/** What the session is told, as words, and the bytes apart. */
function recorded(): WireEvents & { readonly told: string[]; readonly text: () => string } {
  const [told, bytes]: [string[], Buffer[]] = [[], []];
  return {
    told,
    text: () => Buffer.concat(bytes).toString(),
    data: (piece) => void bytes.push(Buffer.from(piece)),
    drained: () => void told.push("drained"),
    ended: () => void told.push("ended"),
    gone: () => void told.push("gone"),
  };
}

/** A socket whose application has switched, with the session bound to it. */
async function openSocket(): Promise<{ socket: AttachedSocket; session: ReturnType<typeof recorded> }> {
  const socket = await newSocket();
  socket.write(head);
  await socket.answer;
  const session = recorded();
  socket.wire.bind(session);
  await turn();
  return { socket, session };
}

/** Whatever is due in this turn of the event loop has happened. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function give(socket: AttachedSocket, ...texts: readonly string[]): boolean {
  const open = socket.wire.write(texts.map((text) => Buffer.from(text)));
  socket.wire.flush?.();
  return open;
}

describe("AttachedSocket: the application's answer", () => {
  it("is its first bytes, however they are split, and what came behind them", async () => {
    const socket = await newSocket();
    for (const byte of head.slice(0, -1)) socket.write(byte);
    socket.write(`${head.at(-1)}frames`);
    const answer = await socket.answer;
    expect(answer?.head.status).toBe(101);
    expect(answer?.head.headers.get("upgrade")).toBe("websocket");
    expect(Buffer.from(answer?.rest ?? []).toString()).toBe("frames");
  });

  it.each([
    ["ends", (socket: AttachedSocket) => void socket.end()],
    ["is destroyed", (socket: AttachedSocket) => void socket.destroy()],
    ["is written what is no HTTP", (socket: AttachedSocket) => void socket.write("hello\r\n\r\n")],
  ])("is null where the socket %s instead", async (_name, act) => {
    const socket = await newSocket();
    act(socket);
    expect(await socket.answer).toBeNull();
  });
});

describe("AttachedSocket: what the application writes", () => {
  it("goes to the session in order, and the callback of a write follows once it was taken", async () => {
    const { socket, session } = await openSocket();
    const order: string[] = [];
    socket.write("one", () => order.push("one"));
    socket.write("two", () => order.push("two"));
    await turn();
    expect([session.text(), order]).toEqual(["onetwo", ["one", "two"]]);
    expect(socket.bytesWritten).toBe(head.length + 6);
  });

  it("reaches the session as one piece where it was corked", async () => {
    const { socket } = await openSocket();
    const pieces: string[] = [];
    socket.wire.bind({ ...recorded(), data: (piece) => void pieces.push(Buffer.from(piece).toString()) });
    socket.cork();
    socket.write("head");
    socket.write(new Uint8Array([0x21]));
    socket.uncork();
    await turn();
    expect(pieces).toEqual(["head!"]);
  });

  it("waits while nobody is bound, and while the session does not read: bufferedAmount grows, and write says so", async () => {
    const socket = await newSocket();
    socket.write(head);
    await socket.answer;
    const taken = vi.fn<() => void>();
    socket.write("early", taken);
    await turn();
    expect(taken).not.toHaveBeenCalled();
    const session = recorded();
    socket.wire.bind(session);
    await turn();
    expect([session.text(), taken.mock.calls.length]).toEqual(["early", 1]);

    socket.wire.setReading(false);
    const waiting = vi.fn<() => void>();
    socket.write("x".repeat(1000), waiting);
    expect(socket.writableLength).toBe(1000);
    expect(socket.write(Buffer.alloc(socket.writableHighWaterMark))).toBe(false);
    await turn();
    expect([session.text().length, waiting.mock.calls.length]).toEqual([5, 0]);

    const drained = once(socket, "drain");
    socket.wire.setReading(true);
    await drained;
    expect([session.text().length, waiting.mock.calls.length]).toEqual([
      1005 + socket.writableHighWaterMark,
      1,
    ]);
    expect(socket.writableLength).toBe(0);
  });

  it("tells of a write's end only when the session reads on, where that stopped reading over it", async () => {
    const { socket } = await openSocket();
    const session = recorded();
    socket.wire.bind({ ...session, data: () => socket.wire.setReading(false) });
    await turn();
    const done = vi.fn<() => void>();
    socket.write("too much", done);
    await turn();
    expect([done.mock.calls.length, socket.writableLength]).toEqual([0, 8]);
    socket.wire.setReading(true);
    await turn();
    expect([done.mock.calls.length, socket.writableLength]).toEqual([1, 0]);
  });
});

describe("AttachedSocket: what the application reads", () => {
  it("is delivered when the session is at rest, as it was written, and counted", async () => {
    const { socket } = await openSocket();
    const read: string[] = [];
    socket.on("data", (piece: Buffer) => read.push(piece.toString()));
    await turn();
    socket.wire.write([Buffer.from("one"), Buffer.from("two")]);
    expect([read, socket.wire.waitingBytes]).toEqual([[], 6]);
    socket.wire.flush?.();
    await turn();
    expect([read.join(""), socket.bytesRead, socket.wire.waitingBytes]).toEqual(["onetwo", 6, 0]);
  });

  it("waits in a paused application, says when it is full, and that it was drained", async () => {
    const { socket, session } = await openSocket();
    expect(give(socket, "a")).toBe(true);
    expect(give(socket, "b".repeat(socket.readableHighWaterMark))).toBe(false);
    expect(socket.wire.waitingBytes).toBe(socket.readableHighWaterMark + 1);
    await turn();
    expect(session.told).toEqual([]);
    let read = 0;
    socket.on("data", (piece: Buffer) => (read += piece.length));
    await turn();
    await turn();
    expect([read, session.told]).toEqual([socket.readableHighWaterMark + 1, ["drained"]]);
  });

  it("comes out whole and in order where a listener pauses in the middle of it", async () => {
    const { socket } = await openSocket();
    const read: string[] = [];
    socket.on("data", (piece: Buffer) => {
      read.push(piece.toString());
      if (read.length === 1) socket.pause();
    });
    await turn();
    give(socket, "one", "two", "three");
    await turn();
    expect(read).toEqual(["one"]);
    socket.resume();
    await turn();
    expect(read.join("")).toBe("onetwothree");
  });

  it("comes as text where the application asked for an encoding, whole across pieces", async () => {
    const { socket } = await openSocket();
    const read: unknown[] = [];
    socket.setEncoding("utf8").on("data", (piece: unknown) => read.push(piece));
    await turn();
    socket.wire.write([Buffer.from([0xc3]), Buffer.from([0xab])]);
    socket.wire.flush?.();
    await turn();
    expect(read).toEqual(["ë"]);
  });

  it("is a Buffer, as on any socket, whatever memory the session kept it in", async () => {
    const { socket } = await openSocket();
    const read: unknown[] = [];
    socket.on("data", (piece: unknown) => read.push(piece));
    await turn();
    socket.wire.write([new Uint8Array([1, 2, 3, 4]).subarray(1, 3)]);
    socket.wire.flush?.();
    await turn();
    expect(read).toEqual([Buffer.from([2, 3])]);
    expect(read.every((piece) => Buffer.isBuffer(piece))).toBe(true);
  });

  it("is taken and forgotten where the application resumes without a listener", async () => {
    const { socket } = await openSocket();
    socket.resume();
    await turn();
    expect(give(socket, "nobody reads this")).toBe(true);
    await turn();
    expect([socket.wire.waitingBytes, socket.bytesRead]).toEqual([0, 17]);
  });

  it("keeps its order where a listener's answer brings more", async () => {
    const { socket } = await openSocket();
    const read: string[] = [];
    socket.on("data", (piece: Buffer) => {
      read.push(piece.toString());
      if (read.length === 1) give(socket, "four");
    });
    await turn();
    give(socket, "one", "two", "three");
    await turn();
    expect(read).toEqual(["one", "two", "three", "four"]);
  });

  it("ends after what was written, with `end`; and the application may still write", async () => {
    const { socket, session } = await openSocket();
    const read: string[] = [];
    socket.on("data", (piece: Buffer) => read.push(piece.toString())).on("end", () => read.push("end"));
    await turn();
    socket.wire.write([Buffer.from("last")]);
    socket.wire.end();
    socket.wire.flush?.();
    await turn();
    socket.write("answer");
    await turn();
    expect([read, session.text(), session.told]).toEqual([["last", "end"], "answer", []]);
  });
});

describe("AttachedSocket: its end", () => {
  it("is told to the session once everything written was taken", async () => {
    const { socket, session } = await openSocket();
    socket.wire.setReading(false);
    socket.write("last");
    socket.end();
    await turn();
    expect(session.told).toEqual([]);
    socket.wire.setReading(true);
    await turn();
    expect([session.text(), session.told]).toEqual(["last", ["ended"]]);
  });

  it("is told also where it came before the session was bound", async () => {
    const socket = await newSocket();
    socket.write(head);
    await socket.answer;
    socket.end();
    await turn();
    const session = recorded();
    socket.wire.bind(session);
    await turn();
    expect(session.told).toEqual(["ended"]);
  });

  it("is told at once when the application destroys it", async () => {
    const { socket, session } = await openSocket();
    const ended = once(socket, "close");
    socket.destroy();
    await ended;
    expect(session.told).toEqual(["gone"]);
    expect(give(socket, "too late")).toBe(true);
  });

  it("is told also where it was destroyed before the session was bound", async () => {
    const socket = await newSocket();
    socket.write(head);
    await socket.answer;
    socket.destroy();
    const session = recorded();
    socket.wire.bind(session);
    await turn();
    expect(session.told).toEqual(["gone"]);
  });

  it("comes to the application as `close` when the session destroys it, without an error", async () => {
    const { socket, session } = await openSocket();
    const failed = vi.fn<() => void>();
    socket.on("error", failed);
    const ended = once(socket, "close");
    socket.wire.destroy();
    await ended;
    expect([failed.mock.calls.length, socket.destroyed, session.told]).toEqual([0, true, ["gone"]]);
  });

  it("waits with destroySoon for what is still to be taken", async () => {
    const { socket, session } = await openSocket();
    socket.wire.setReading(false);
    socket.write("last");
    socket.destroySoon();
    await turn();
    expect(socket.destroyed).toBe(false);
    socket.wire.setReading(true);
    await once(socket, "close");
    expect([session.text(), session.told]).toEqual(["last", ["ended", "gone"]]);
    socket.destroySoon();
  });
});

describe("AttachedSocket: in place of the client's socket", () => {
  it("has its addresses, and is connected", async () => {
    const { client, port } = await acceptedClient();
    const socket = new AttachedSocket(client);
    expect([socket.remoteAddress, socket.remoteFamily, socket.remotePort]).toEqual([
      "127.0.0.1",
      "IPv4",
      client.remotePort,
    ]);
    expect([socket.localAddress, socket.localPort]).toEqual(["127.0.0.1", port]);
    expect(socket.address()).toEqual({ address: "127.0.0.1", family: "IPv4", port });
    expect([socket.connecting, socket.encrypted]).toEqual([false, false]);
  });

  it("sets on it what libraries set on a socket, and can be chained", async () => {
    const { client } = await acceptedClient();
    const socket = new AttachedSocket(client);
    const set = (["setNoDelay", "setKeepAlive", "ref", "unref"] as const).map((name) =>
      vi.spyOn(client, name),
    );
    expect(socket.setNoDelay(true).setKeepAlive(true, 1000).ref().unref()).toBe(socket);
    expect(set.map(({ mock }) => mock.calls)).toEqual([[[true]], [[true, 1000]], [[]], [[]]]);
  });

  it("sets no timeout: idle connections are the heartbeat's", async () => {
    const { client } = await acceptedClient();
    const socket = new AttachedSocket(client);
    expect(socket.setTimeout()).toBe(socket);
    expect(client.timeout).toBeUndefined();
  });
});
