import { once } from "node:events";
import { createServer } from "node:http";
import {
  connect,
  createSecureServer,
  createServer as createHttp2Server,
  type ClientHttp2Session,
} from "node:http2";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { WebSocket } from "ws";
import type { Connection } from "../../src/hosts/connection.ts";
import { loadDevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import { listen, type ListenOptions, type ListenServer } from "../../src/hosts/listen.ts";
import type { ConnectionEvents, Handler } from "../../src/hosts/listen-handler.ts";
import type { ListenInput } from "../../src/policy/attach-config.ts";
import type { RouteOptions } from "../../src/policy/define-config.ts";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { compressedFrame, deflated } from "../deflated.ts";
import { bytesOf, portOf, recordEvents, type Told } from "../gateway/harness.ts";
import { openRaw, op } from "../gateway/raw-client.ts";
import { temporaryDirectory } from "../cli/sallyport-process.ts";
import { closed, nextMessage, openClient } from "./guarded-server.ts";

const MIB = 1024 * 1024;
const QUICK = { batch: 1000, pauseMs: 0, withinMs: 500 };

interface Scene extends Told {
  readonly server: ListenServer;
  readonly wsUrl: string;
  readonly port: number;
}

const policy = (route: RouteOptions = {}): ListenInput => ({
  listen: { address: "127.0.0.1:0", tls: "off" },
  routes: [{ path: "/", identity: "anonymous", ...route }],
});

async function start(
  handler: Handler,
  route: RouteOptions = {},
  options: ListenOptions = {},
): Promise<Scene> {
  const { emit, ...told } = recordEvents();
  const server = await listen(policy(route), handler, { onEvent: emit, ...options });
  onTestFinished(() => server.close(QUICK));
  const [url = ""] = server.urls;
  return { server, ...told, wsUrl: url.replace("http", "ws"), port: Number(new URL(url).port) };
}

async function echo(connection: Connection): Promise<void> {
  for await (const { data } of connection) await connection.send(data);
}

async function answer(client: WebSocket, text: string): Promise<string> {
  const next = nextMessage(client);
  client.send(text);
  return (await next).data.toString();
}

describe("listen", () => {
  it("serves a function that iterates, whose loop ends with the connection", async () => {
    const over = Promise.withResolvers<void>();
    const { wsUrl } = await start(async (connection) => {
      await echo(connection);
      over.resolve();
    });
    const client = await openClient(wsUrl);
    expect(await answer(client, "hello, ünïcode")).toBe("hello, ünïcode");
    const next = nextMessage(client);
    client.send(Buffer.from([0, 255]));
    expect(await next).toEqual({ data: Buffer.from([0, 255]), isBinary: true });
    client.close(4000, "mine");
    await over.promise;
  });

  it("tells of each connection: its id, caller, request, close", async () => {
    const opened = Promise.withResolvers<Connection>();
    const ended = vi.fn<NonNullable<ConnectionEvents["close"]>>();
    const { server, wsUrl, seen } = await start({ open: opened.resolve, close: ended });
    const client = await openClient(`${wsUrl}/room?a=b`, { protocols: ["chat"] });
    const connection = await opened.promise;
    const { session } = await seen("open");
    expect(connection).toMatchObject({
      id: session,
      isOpen: true,
      remoteAddress: "127.0.0.1",
      subprotocol: "chat",
      bufferedAmount: 0,
    });
    expect([connection.request.path, connection.identity.provider]).toEqual(["/room", "anonymous"]);
    expect([server.size, server.connections()]).toEqual([1, [connection]]);
    const { signal } = connection;
    client.close(4000, "mine");
    expect(await connection.closed).toEqual({ code: 4000, reason: "mine", by: "client" });
    expect(ended).toHaveBeenCalledExactlyOnceWith(connection, { code: 4000, reason: "mine", by: "client" });
    expect([signal.aborted, connection.signal.aborted, connection.isOpen]).toEqual([true, true, false]);
    await connection.send("nobody reads this");
    connection.close();
    await vi.waitUntil(() => server.size === 0);
  });

  it.each([
    [
      "throws",
      () => Promise.resolve(),
      (): never => {
        throw new Error("out of order");
      },
    ],
    ["rejects", () => Promise.resolve(), () => Promise.reject(new Error("out of order"))],
  ])(
    "closes a connection whose listener %s with 1011, and no other, and tells of it",
    async (_how, _open, message) => {
      const { wsUrl, seen } = await start({
        message: (connection, data) => (data === "fail" ? message() : connection.send(data)),
      });
      const [bad, good] = [await openClient(wsUrl), await openClient(wsUrl)];
      bad.send("fail");
      const { code, reason } = await closed(bad);
      const decision = await seen("decision");
      expect([code, reason]).toEqual([1011, `sallyport:${decision.incident}`]);
      expect(decision.code).toBe("session.handler-failed");
      expect(decision.detail).toMatch(/^Error\n +at .*listen\.test\.ts/);
      expect(decision.detail).not.toContain("out of order");
      expect(await answer(good, "still here")).toBe("still here");
    },
  );

  it("closes a connection whose function fails with 1011, at once or later", async () => {
    const { wsUrl } = await start(async (connection) => {
      for await (const { data } of connection) throw new Error(String(data));
    });
    const client = await openClient(wsUrl);
    client.send("no");
    expect((await closed(client)).code).toBe(1011);
  });

  it("has the next message wait for a listener that is at work", async () => {
    const order: string[] = [];
    const { wsUrl } = await start({
      async message(connection, data) {
        order.push(`begin ${String(data)}`);
        await wait(data === "1" ? 30 : 0);
        order.push(`end ${String(data)}`);
        await connection.send(data);
      },
    });
    const client = await openClient(wsUrl);
    // Both answers may come in one piece.
    const answers: string[] = [];
    client.on("message", (data) => answers.push(bytesOf(data).toString()));
    client.send("1");
    client.send("2");
    await expect.poll(() => answers).toEqual(["1", "2"]);
    expect(order).toEqual(["begin 1", "end 1", "begin 2", "end 2"]);
  });

  it("reads no further than the queue where nobody takes messages, and goes on where somebody does", async () => {
    const opened = Promise.withResolvers<Connection>();
    const { wsUrl } = await start(opened.resolve, { messageRate: "off" }, { queueBytes: 4096 });
    const client = await openClient(wsUrl);
    const message = Buffer.alloc(64 * 1024);
    for (let sent = 0; sent < 64 * MIB; sent += message.length) client.send(message);
    const connection = await opened.promise;
    await vi.waitUntil(
      async () => {
        const before = client.bufferedAmount;
        await wait(100);
        return client.bufferedAmount === before;
      },
      { timeout: 10_000 },
    );
    expect(client.bufferedAmount).toBeGreaterThan(32 * MIB);
    let received = 0;
    for await (const { data } of connection) {
      received += data.length;
      if (received === 64 * MIB) break;
    }
    expect(received).toBe(64 * MIB);
  });

  it("has `send` wait for a client that does not read, and loses nothing", async () => {
    let sent = 0;
    const { wsUrl } = await start(async (connection) => {
      for (; sent < 64 * MIB; sent += 64 * 1024) await connection.send(Buffer.alloc(64 * 1024));
      await connection.drained();
      connection.close(4001, "all of it");
    });
    const client = await openClient(wsUrl);
    client.pause();
    await wait(300);
    expect(sent).toBeLessThan(32 * MIB);
    let received = 0;
    client.on("message", (data: Buffer) => (received += data.length));
    client.resume();
    expect(await closed(client)).toEqual({ code: 4001, reason: "all of it" });
    expect(received).toBe(64 * MIB);
  });

  it("ends a client that an application sends more than it may have waiting (slowConsumer.bytes)", async () => {
    const { wsUrl, seen } = await start((connection) => {
      for (let sent = 0; sent < 32 * MIB; sent += MIB) void connection.send(Buffer.alloc(MIB));
    });
    const client = await openClient(wsUrl);
    client.pause();
    expect(await seen("decision")).toMatchObject({ code: "slowConsumer.bytes", verdict: "close" });
  });

  it("publishes to who is subscribed, in order with what is sent, and asks the guards for each", async () => {
    const { server, wsUrl, events } = await start(
      {
        open: (connection) => connection.subscribe("news"),
        message(connection, data) {
          void connection.send("before");
          connection.publish("news", data);
          server.publish("news", `all: ${String(data)}`);
          void connection.send("after");
        },
      },
      { leak: { action: "redact" } },
    );
    const [one, two] = [await openClient(wsUrl), await openClient(wsUrl)];
    const got = { one: [] as string[], two: [] as string[] };
    one.on("message", (data) => got.one.push(bytesOf(data).toString()));
    two.on("message", (data) => got.two.push(bytesOf(data).toString()));
    expect(server.subscribers("news")).toBe(2);
    one.send("4111 1111 1111 1111");
    await vi.waitUntil(() => got.one.length === 3 && got.two.length === 2, { timeout: 5000 });
    const hidden = "**** **** **** 1111";
    expect(got).toEqual({
      one: ["before", `all: ${hidden}`, "after"],
      two: [hidden, `all: ${hidden}`],
    });
    expect(events.filter(({ type }) => type === "decision")).toHaveLength(3);
    two.close();
    await vi.waitUntil(() => server.subscribers("news") === 1);
  });

  it("bounds the topics of a connection", async () => {
    const opened = Promise.withResolvers<Connection>();
    const { wsUrl } = await start(opened.resolve, {}, { maxTopics: 2 });
    await openClient(wsUrl);
    const connection = await opened.promise;
    for (const topic of ["a", "b", "a"]) connection.subscribe(topic);
    expect(() => connection.subscribe("c")).toThrow(RangeError);
    connection.unsubscribe("a");
    connection.subscribe("c");
    expect(connection.topics).toEqual(["b", "c"]);
  });

  it("gives a connection the state that `upgrade` made, and refuses whom that refuses", async () => {
    const server = await listen<{ name: string }>(
      policy(),
      { message: (connection) => void connection.send(connection.state.name) },
      {
        upgrade: ({ query, headers }) =>
          query === ""
            ? { refuse: 418, body: "who are you?" }
            : { state: { name: `${query} ${headers.get("x-own")}` } },
      },
    );
    onTestFinished(() => server.close(QUICK));
    const url = (server.urls[0] ?? "").replace("http", "ws");
    await expect(openClient(url)).rejects.toThrow("status 418");
    const client = await openClient(`${url}/?ada`, { headers: { "x-own": "yes" } });
    expect(await answer(client, "?")).toBe("ada yes");
  });

  it("ends an iteration by a signal, and leaves the connection open for the next", async () => {
    const stop = new AbortController();
    const { wsUrl } = await start(async (connection) => {
      for await (const { data } of connection.messages({ signal: stop.signal })) await connection.send(data);
      await echo(connection);
    });
    const client = await openClient(wsUrl);
    expect(await answer(client, "one")).toBe("one");
    stop.abort();
    expect(await answer(client, "two")).toBe("two");
  });

  it("refuses a code that must not be sent and a reason that is too long (RFC 6455 7.4, 5.5)", async () => {
    const opened = Promise.withResolvers<Connection>();
    const { wsUrl } = await start(opened.resolve);
    const client = await openClient(wsUrl);
    const connection = await opened.promise;
    expect(() => connection.close(1005)).toThrow(RangeError);
    expect(() => connection.close(1000, "x".repeat(124))).toThrow(RangeError);
    connection.terminate();
    expect((await closed(client)).code).toBe(1006);
  });

  it("inflates what a client compresses, for the guards and the application, and sends uncompressed (RFC 7692)", async () => {
    const { port } = await start(echo, { compression: "inspect", threat: { signatures: ["script"] } });
    const lines = ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"];
    const peer = await openRaw(port, { lines });
    const maskKey = Buffer.from([1, 2, 3, 4]);
    peer.send(compressedFrame({ opcode: op.text, payload: deflated("hello, hello, hello"), maskKey }));
    const frame = await peer.readFrame();
    expect([frame.payload.toString(), (frame.raw[0] ?? 0) & 0x40]).toEqual(["hello, hello, hello", 0]);
  });

  it("joins fragments, and answers a ping between them (RFC 6455 5.4, 5.5.2)", async () => {
    const { port } = await start(echo);
    const peer = await openRaw(port);
    const maskKey = Buffer.from([1, 2, 3, 4]);
    peer.send(serializeFrame({ opcode: op.text, payload: Buffer.from("one, "), maskKey, fin: false }));
    peer.frame(op.ping, "?").frame(op.continuation, "two");
    expect((await peer.readFrame()).opcode).toBe(op.pong);
    expect((await peer.readFrame()).payload.toString()).toBe("one, two");
  });

  it("stops listening and drains when its signal aborts", async () => {
    const stop = new AbortController();
    const { wsUrl } = await start(echo, {}, { signal: stop.signal });
    const client = await openClient(wsUrl);
    stop.abort();
    expect((await closed(client)).code).toBe(1012);
    await vi.waitFor(() => expect(openClient(wsUrl)).rejects.toThrow(/ECONNREFUSED/));
  });

  it("says everything that is wrong with a policy", async () => {
    await expect(listen({ ...policy(), routes: [] }, echo)).rejects.toThrow(/routes/);
    await expect(listen(policy({ http: "forward" }), echo)).rejects.toThrow(/nobody serves plain requests/);
    await expect(listen({ routes: policy().routes }, echo)).rejects.toThrow(/listen/);
    const server = createServer();
    const refused = listen(policy(), echo, { server });
    await expect(refused).rejects.toThrow(/leave it out|Leave it out/);
  });

  it("takes WebSockets of a server of HTTP/2, and leaves it its own requests (RFC 8441)", async () => {
    const plaintext = listen({ routes: policy().routes }, echo, { server: createHttp2Server() as never });
    await expect(plaintext).rejects.toThrow(/TLS/);
    const directory = await temporaryDirectory();
    const { certificatePem: cert, keyPem: key } = await loadDevelopmentCertificate({
      directory,
      names: ["localhost"],
    });
    const own = createSecureServer({ cert, key, allowHTTP1: true }, (_request, response) =>
      response.end("its own"),
    );
    own.listen(0, "127.0.0.1");
    await once(own, "listening");
    const server = await listen({ routes: [{ path: "/chat", identity: "anonymous" }] }, echo, {
      server: own,
    });
    onTestFinished(async () => {
      await server.close(QUICK);
      own.close();
    });
    const session: ClientHttp2Session = connect(`https://127.0.0.1:${portOf(own.address())}`, {
      rejectUnauthorized: false,
    });
    onTestFinished(() => session.destroy());
    await once(session, "remoteSettings");
    const plain = session.request({ ":path": "/page" });
    expect((await plain.toArray()).join("")).toBe("its own");
    const refused = session.request({ ":path": "/chat" });
    const [head] = await once(refused, "response");
    expect(Number(head[":status"])).toBeGreaterThanOrEqual(400);
    const stream = session.request({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":path": "/chat",
      "sec-websocket-version": "13",
    });
    const [fields] = await once(stream, "response");
    expect(fields[":status"]).toBe(200);
    stream.write(
      serializeFrame({ opcode: op.text, payload: Buffer.from("hello"), maskKey: Buffer.from([1, 2, 3, 4]) }),
    );
    const [bytes] = await once(stream, "data");
    expect(bytes.toString("hex")).toBe("810568656c6c6f");
    const older = await openClient(`wss://127.0.0.1:${portOf(own.address())}/chat`, {
      rejectUnauthorized: false,
    });
    expect(await answer(older, "by HTTP/1.1")).toBe("by HTTP/1.1");
  });
});

describe("a listener of listen's own with TLS", () => {
  it("takes WebSockets by HTTP/1.1 and by HTTP/2 (RFC 8441)", async () => {
    const directory = await temporaryDirectory();
    const { certificatePem: cert, keyPem: key } = await loadDevelopmentCertificate({
      directory,
      names: ["localhost"],
    });
    const files = { certificate: join(directory, "own.pem"), key: join(directory, "own.key") };
    await Promise.all([writeFile(files.certificate, cert), writeFile(files.key, key, { mode: 0o600 })]);
    const server = await listen({ ...policy(), listen: { address: "127.0.0.1:0", tls: files } }, echo);
    onTestFinished(() => server.close(QUICK));
    const [url = ""] = server.urls;
    expect(url).toMatch(/^https:/);
    const older = await openClient(url.replace("https", "wss"), { rejectUnauthorized: false });
    expect(await answer(older, "by HTTP/1.1")).toBe("by HTTP/1.1");
    const session: ClientHttp2Session = connect(url, { rejectUnauthorized: false });
    onTestFinished(() => session.destroy());
    await once(session, "remoteSettings");
    const stream = session.request({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":path": "/",
      "sec-websocket-version": "13",
    });
    const [fields] = await once(stream, "response");
    expect(fields[":status"]).toBe(200);
    const maskKey = Buffer.from([1, 2, 3, 4]);
    stream.write(serializeFrame({ opcode: op.text, payload: Buffer.from("hello"), maskKey }));
    const [bytes] = await once(stream, "data");
    expect(bytes.toString("hex")).toBe("810568656c6c6f");
  });
});

/** Sends eight MiB for each message, to clients that do not read. */
const generous = async (events: ConnectionEvents, listener: (connection: Connection) => Promise<void>) => {
  const scene = await start(
    { ...events, message: listener },
    { messageSize: { outbound: "16MiB" }, slowConsumer: { bytes: "16MiB" } },
  );
  const peer = await openRaw(scene.port);
  peer.socket.pause();
  peer.frame(op.text, "give");
  return { ...scene, peer };
};

describe("a connection of listen", () => {
  it("lets go of a listener that waits for a client which is gone, and tells it and everybody of the end", async () => {
    const ended = Promise.withResolvers<number>();
    const signal = Promise.withResolvers<AbortSignal>();
    const returned = Promise.withResolvers<void>();
    const { server, peer } = await generous(
      {
        open: (connection) => {
          connection.subscribe("news");
          signal.resolve(connection.signal);
          expect([connection.signal, connection.closed]).toEqual([connection.signal, connection.closed]);
        },
        close: (_connection, { code }) => ended.resolve(code),
      },
      async (connection) => {
        const sent = connection.send(Buffer.alloc(8 * MIB));
        peer.socket.destroy();
        await sent;
        returned.resolve();
      },
    );
    await returned.promise;
    expect(await ended.promise).toBe(1006);
    await vi.waitFor(async () => expect((await signal.promise).aborted).toBe(true));
    expect([server.size, server.subscribers("news")]).toEqual([0, 0]);
  });

  it("hands over nothing more of whom the gate has thrown out, or whose listener failed", async () => {
    const heard: string[] = [];
    const busy = Promise.withResolvers<void>();
    const { server, wsUrl } = await start({
      async message(_connection, data) {
        heard.push(data.toString());
        if (data === "fail") throw new Error("mine");
        await busy.promise;
      },
    });
    const failing = await openClient(wsUrl);
    const end = closed(failing);
    for (const text of ["fail", "never"]) failing.send(text);
    expect((await end).code).toBe(1011);
    const client = await openClient(wsUrl);
    for (const text of ["first", "second", "third"]) client.send(text);
    await vi.waitFor(() => expect(heard).toContain("first"));
    server.bans.add("127.0.0.1", { reason: "test", until: null });
    expect((await closed(client)).code).toBe(4529);
    busy.resolve();
    await vi.waitFor(() => expect(server.size).toBe(0));
    expect(heard).toEqual(["fail", "first"]);
  });

  it("sends strings and bytes alone: what somebody's JSON holds may be made to look like them", async () => {
    const opened = Promise.withResolvers<Connection>();
    const { server, wsUrl } = await start({ open: opened.resolve });
    await openClient(wsUrl);
    const connection = await opened.promise;
    connection.subscribe("news");
    for (const text of ['{"length":-150}', '{"length":60000000}', "5", "null", "[1]"]) {
      const data = JSON.parse(text);
      expect(() => void connection.send(data)).toThrow("a message is a string or a Uint8Array");
      expect(() => server.publish("news", data)).toThrow("a message is a string or a Uint8Array");
    }
  });

  it("has every message before the guards, whoever sends another while they look at it", async () => {
    const opened = Promise.withResolvers<Connection>();
    let tells = true;
    const { wsUrl } = await start(
      { open: opened.resolve },
      { messageSize: { mode: "observe", outbound: "20B" }, leak: { action: "redact", detect: ["card"] } },
      {
        onEvent(event) {
          if (event.type !== "decision" || !event.code.startsWith("messageSize.") || !tells) return;
          tells = false;
          void connection.send("told");
        },
      },
    );
    const client = await openClient(wsUrl);
    const connection = await opened.promise;
    const got: string[] = [];
    client.on("message", (data) => got.push(bytesOf(data).toString()));
    void connection.send('{"card":"4111 1111 1111 1111"}');
    void connection.send("later");
    await vi.waitFor(() => expect(got).toEqual(['{"card":"**** **** **** 1111"}', "told", "later"]));
  });

  it("hears of others' ends after what it publishes, not in the middle of it", async () => {
    let depth = 0;
    let deepest = 0;
    const { server, port, seen } = await start(
      {
        open: (connection) => connection.subscribe("news"),
        close() {
          depth += 1;
          deepest = Math.max(deepest, depth);
          server.publish("news", "left");
          depth -= 1;
        },
      },
      { messageSize: { outbound: "16MiB" }, slowConsumer: { bytes: "64KiB" } },
    );
    const peers = await Promise.all(Array.from({ length: 20 }, () => openRaw(port)));
    for (const { socket } of peers) socket.pause();
    await vi.waitFor(() => expect(server.subscribers("news")).toBe(20));
    // The kernel takes some of the first; the second finds the rest.
    for (const _ of [1, 2]) server.publish("news", "x".repeat(8 * MIB));
    expect(await seen("decision")).toMatchObject({ code: "slowConsumer.bytes" });
    for (const { socket } of peers) socket.destroy();
    await vi.waitFor(() => expect([server.size, server.subscribers("news")]).toEqual([0, 0]));
    expect(deepest).toBeLessThan(5);
  });
});
