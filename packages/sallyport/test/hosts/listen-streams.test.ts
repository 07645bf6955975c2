import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { WebSocket } from "ws";
import type { Connection } from "../../src/hosts/connection.ts";
import { listen, type ListenOptions, type ListenServer } from "../../src/hosts/listen.ts";
import type { Handler } from "../../src/hosts/listen-handler.ts";
import { MessageCutShort, type MessageBody } from "../../src/hosts/message-body.ts";
import type { RouteOptions } from "../../src/policy/define-config.ts";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { compressedFrame, deflated } from "../deflated.ts";
import { recordEvents, type Told } from "../gateway/harness.ts";
import { openRaw, op } from "../gateway/raw-client.ts";
import { closed, nextMessage, openClient } from "./guarded-server.ts";

const MIB = 1024 * 1024;
const QUICK = { batch: 1000, pauseMs: 0, withinMs: 500 };
const STREAMS: RouteOptions = { messageSize: { stream: true, inbound: "64MiB", outbound: "64MiB" } };

interface Scene extends Told {
  readonly server: ListenServer;
  readonly wsUrl: string;
  readonly port: number;
}

async function start(
  handler: Handler,
  route: RouteOptions = STREAMS,
  options: ListenOptions = {},
): Promise<Scene> {
  const { emit, ...told } = recordEvents();
  const routes = [{ path: "/", identity: "anonymous" as const, ...route }];
  const server = await listen({ listen: { address: "127.0.0.1:0", tls: "off" }, routes }, handler, {
    onEvent: emit,
    ...options,
  });
  onTestFinished(() => server.close(QUICK));
  const [url = ""] = server.urls;
  return { server, ...told, wsUrl: url.replace("http", "ws"), port: Number(new URL(url).port) };
}

/** A client, and the application's end of it. */
async function meet(
  route: RouteOptions = STREAMS,
  options: ListenOptions = {},
): Promise<Scene & { readonly client: WebSocket; readonly connection: Connection }> {
  const opened = Promise.withResolvers<Connection>();
  const scene = await start({ open: opened.resolve }, route, options);
  const client = await openClient(scene.wsUrl);
  return { ...scene, client, connection: await opened.promise };
}

/** Waits for something that comes, on a machine however slow. */
const until = (holds: () => boolean): Promise<unknown> => vi.waitUntil(holds, { timeout: 20_000 });

async function readAll(body: MessageBody): Promise<number> {
  let bytes = 0;
  for await (const piece of body) bytes += piece.length;
  return bytes;
}

const fragment = (opcode: number, payload: Uint8Array, fin = false): Uint8Array =>
  serializeFrame({ opcode, payload, maskKey: Uint8Array.of(1, 2, 3, 4), fin });

describe("a message that is received while it comes", () => {
  it("is read in pieces before its end is there, in order with what is short", async () => {
    const order: unknown[] = [];
    const over = Promise.withResolvers<void>();
    const { port } = await start({
      message: (_connection, data) => void (order.push(data) === 4 && over.resolve()),
      async stream(_connection, body) {
        const reader = body[Symbol.asyncIterator]();
        const first = await reader.next();
        order.push([body.isBinary, (first.value?.length ?? 0) > 0]);
        raw.send(fragment(op.continuation, Buffer.alloc(40_000, 2)));
        raw.send(fragment(op.continuation, new Uint8Array(0), true));
        raw.send(fragment(op.text, Buffer.from("behind"), true));
        let bytes = first.value?.length ?? 0;
        for await (const piece of reader) bytes += piece.length;
        order.push(bytes);
      },
    });
    const raw = await openRaw(port);
    raw.send(fragment(op.text, Buffer.from("be")));
    raw.send(fragment(op.continuation, Buffer.from("fore"), true));
    raw.send(fragment(op.binary, Buffer.alloc(70_000, 1)));
    await over.promise;
    expect(order).toEqual(["before", [true, true], 110_000, "behind"]);
  });

  it("slows a client whose message is not read, and holds no more of it than the queue", async () => {
    const begun = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    const bytes = Promise.withResolvers<number>();
    const { wsUrl } = await start({
      async stream(_connection, body) {
        begun.resolve();
        await read.promise;
        bytes.resolve(await readAll(body));
      },
    });
    const client = await openClient(wsUrl);
    client.send(Buffer.alloc(32 * MIB));
    await begun.promise;
    // What the kernel takes is not read by us: it is far less than the message.
    await until(() => client.bufferedAmount > 0);
    read.resolve();
    expect(await bytes.promise).toBe(32 * MIB);
    expect(client.bufferedAmount).toBe(0);
  });

  it("throws in the middle where the client goes away, and blames no handler", async () => {
    const failure = Promise.withResolvers<unknown>();
    const { port, events } = await start({
      async stream(_connection, body) {
        raw.socket.destroy();
        await readAll(body).catch((error: unknown) => {
          failure.resolve(error);
          throw error;
        });
      },
      message() {},
    });
    const raw = await openRaw(port);
    raw.send(fragment(op.binary, Buffer.alloc(70_000)));
    expect(await failure.promise).toBeInstanceOf(MessageCutShort);
    await until(() => events.some(({ type }) => type === "closed"));
    expect(events.filter(({ type }) => type === "gate")).toEqual([]);
  });

  it("throws where the message breaks a limit after all, which closes the connection (messageSize.bytes)", async () => {
    const failure = Promise.withResolvers<unknown>();
    const route: RouteOptions = { messageSize: { stream: true, inbound: "100KiB" } };
    const { port, seen } = await start(
      { stream: async (_connection, body) => void (await readAll(body).catch(failure.resolve)) },
      route,
    );
    const raw = await openRaw(port);
    raw.send(fragment(op.binary, Buffer.alloc(70_000)));
    raw.send(fragment(op.continuation, Buffer.alloc(70_000)));
    expect(await failure.promise).toBeInstanceOf(MessageCutShort);
    expect((await seen("decision")).code).toBe("messageSize.bytes");
  });

  it("keeps nothing of what a handler does not read, and goes on with the next message", async () => {
    const next = Promise.withResolvers<unknown>();
    const { wsUrl } = await start({
      async stream() {},
      message: (_connection, data) => next.resolve(data),
    });
    const client = await openClient(wsUrl);
    client.send(Buffer.alloc(4 * MIB));
    client.send("next");
    expect(await next.promise).toBe("next");
  });

  it("is given whole, and late, where the route does not stream", async () => {
    const bytes = Promise.withResolvers<number>();
    const { wsUrl } = await start(
      { stream: async (_connection, body) => bytes.resolve(await readAll(body)) },
      {},
    );
    const client = await openClient(wsUrl);
    client.send("x".repeat(100_000));
    expect(await bytes.promise).toBe(100_000);
  });
});

async function* pieces(...list: (string | Error)[]): AsyncGenerator<string> {
  for (const piece of list) {
    if (typeof piece !== "string") throw piece;
    yield piece;
  }
}

describe("Connection.sendStream", () => {
  it("sends a message in fragments, and others behind it in order (RFC 6455 5.4)", async () => {
    const { connection, client } = await meet();
    const received: string[] = [];
    client.on("message", (data: Buffer) => received.push(data.toString()));
    const sent = connection.sendStream(pieces("one, ", "", "two"), { binary: false });
    const behind = connection.send("behind");
    const second = connection.sendStream(["three"], { binary: false });
    expect(await Promise.all([sent, second])).toEqual([true, true]);
    await behind;
    await until(() => received.length === 3);
    expect(received).toEqual(["one, two", "behind", "three"]);
  });

  it("closes with 1011 where its source fails in the middle, and rejects with what it threw", async () => {
    const { connection, client, seen } = await meet();
    const gone = closed(client);
    const failure = new Error("no more");
    await expect(connection.sendStream(pieces("one", failure))).rejects.toBe(failure);
    expect((await gone).code).toBe(1011);
    expect((await seen("decision")).code).toBe("session.handler-failed");
  });

  it("sends nothing where its source fails at once, and the connection goes on", async () => {
    const { connection, client } = await meet();
    const failure = new Error("none");
    const message = nextMessage(client);
    await expect(connection.sendStream(pieces(failure))).rejects.toBe(failure);
    void connection.send("still here");
    expect((await message).data.toString()).toBe("still here");
  });

  it("asks for no more than a client takes, which may stop reading, and tells its source when the client leaves", async () => {
    const { connection, client } = await meet();
    let made = 0;
    const told = Promise.withResolvers<void>();
    function* endless(): Generator<Buffer> {
      try {
        for (;;) {
          made++;
          yield Buffer.alloc(256 * 1024);
        }
      } finally {
        told.resolve();
      }
    }
    client.pause();
    const sent = connection.sendStream(endless());
    // What the system takes in between comes a moment later on a busy machine: a source that is asked for ever never rests.
    let [last, same] = [0, 0];
    await until(() => {
      same = made === last ? same + 1 : 0;
      last = made;
      return same >= 6;
    });
    expect(connection.bufferedAmount).toBeGreaterThan(0);
    client.terminate();
    expect(await sent).toBe(false);
    await told.promise;
  });

  it("resolves with `false` at once where the client leaves while the source makes nothing", async () => {
    const { connection, client } = await meet();
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const sent = connection.sendStream(silent);
    client.terminate();
    expect(await sent).toBe(false);
    expect(await connection.sendStream(["late"])).toBe(false);
  });

  it("sends what a guard has to see, and what is not to be streamed, once it is whole", async () => {
    const { connection, client } = await meet({ messageSize: { outbound: "10KiB" } });
    const message = nextMessage(client);
    expect(await connection.sendStream(pieces("one, ", "two"), { binary: false })).toBe(true);
    expect((await message).data.toString()).toBe("one, two");
    const gone = closed(client);
    expect(await connection.sendStream(["x".repeat(6000), "x".repeat(6000), "x"])).toBe(false);
    expect((await gone).code).toBe(1001);
  });
});

describe("Connection.ping", () => {
  it("resolves when the pong comes, which answers earlier ones, too (RFC 6455 5.5.3)", async () => {
    const { connection, client } = await meet();
    const seen = once(client, "ping");
    expect(await connection.ping("here?")).toBe(true);
    expect(String((await seen)[0])).toBe("here?");
    expect(await Promise.all([connection.ping(), connection.ping()])).toEqual([true, true]);
  });

  it("refuses more than 125 bytes, and more than eight that are not answered", async () => {
    const { connection, client } = await meet();
    expect(() => connection.ping("x".repeat(126))).toThrow("125 bytes");
    client.pause();
    const sent = Array.from({ length: 8 }, (_, index) => connection.ping(`${index}`));
    expect(connection.ping("0")).toBe(sent[0]);
    expect(() => connection.ping("9")).toThrow("8 pings");
    client.terminate();
    expect(await Promise.all(sent)).toEqual(sent.map(() => false));
    expect(await connection.ping()).toBe(false);
  });
});

describe("what waits in listen", () => {
  it("loses nothing of what is inflated only when the handler takes more", async () => {
    const go = Promise.withResolvers<void>();
    const sizes: number[] = [];
    const { port } = await start(
      { message: async (_connection, data) => (sizes.push(data.length), await go.promise) },
      { compression: "inspect", messageSize: { inbound: "1MiB", ratio: 2000 } },
    );
    const raw = await openRaw(port, { lines: ["Sec-WebSocket-Extensions: permessage-deflate"] });
    const bomb = compressedFrame({
      opcode: op.text,
      payload: deflated("x".repeat(900_000)),
      maskKey: Uint8Array.of(1, 2, 3, 4),
    });
    raw.send(Buffer.concat(Array.from({ length: 20 }, () => bomb)));
    await until(() => sizes.length === 1);
    go.resolve();
    await until(() => sizes.length === 20);
    expect(sizes).toEqual(Array.from({ length: 20 }, () => 900_000));
  });

  it.each(["off", { mode: "observe" }] as const)(
    "is bounded for a client that does not read where slowConsumer is %j (maxUnsentBytes)",
    async (slowConsumer) => {
      const { connection, client, seen } = await meet({ slowConsumer }, { maxUnsentBytes: 8 * MIB });
      client.pause();
      while (connection.isOpen) void connection.send(Buffer.alloc(MIB));
      expect((await seen("decision", ({ verdict }) => verdict === "close")).code).toBe("slowConsumer.bytes");
      expect(connection.bufferedAmount).toBeLessThan(12 * MIB);
      client.terminate();
    },
  );

  it("bounds the name of a topic (maxTopicLength)", async () => {
    const { connection } = await meet({}, { maxTopicLength: 5 });
    connection.subscribe("short");
    expect(() => connection.subscribe("longer")).toThrow("5 UTF-16 units");
  });

  it("gives back the state of a connection that never opened", async () => {
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const discard = vi.fn<(state: string) => void>();
    const server = await listen(
      { listen: { address: "127.0.0.1:0", tls: "off" }, routes: [{ path: "/", identity: "anonymous" }] },
      () => {},
      {
        discard,
        upgrade: async () => {
          asked.resolve();
          await goOn.promise;
          return { state: "mine", subprotocol: "not offered" };
        },
      },
    );
    onTestFinished(() => server.close(QUICK));
    const refused = openClient((server.urls[0] ?? "").replace("http", "ws")).catch(() => "refused");
    await asked.promise;
    goOn.resolve();
    expect(await refused).toBe("refused");
    await until(() => discard.mock.calls.length > 0);
    expect(discard.mock.calls).toEqual([["mine"]]);
  });
});
