import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Aedes } from "aedes";
import type { GraphQLSchema } from "graphql";
import { createClient } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { connectAsync } from "mqtt";
import { generate, type Packet, parser } from "mqtt-packet";
import { Server as SocketServer } from "socket.io";
import { io } from "socket.io-client";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createWebSocketStream, WebSocket, WebSocketServer } from "ws";
import { graphqlTransportWs } from "../../src/dialects/graphql-transport-ws.ts";
import { mqtt } from "../../src/dialects/mqtt.ts";
import { socketIo } from "../../src/dialects/socket-io.ts";
import { conversation, recordingProxy } from "../recording-proxy.ts";

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("socketIo", () => {
  it("reads what socket.io and socket.io-client say to each other", async () => {
    const server = createServer();
    const sockets = new SocketServer(server, { pingInterval: 50 });
    onTestFinished(() => sockets.close());
    sockets.on("connection", (socket) => {
      socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
      socket.on("say", () => socket.emit("said", Buffer.from([1, 2])));
    });
    sockets.of("/attic").on("connection", (socket) => {
      socket.emit("ask", (answer: unknown) => socket.emit("thanks", answer));
    });
    sockets.of("/locked").use((_socket, next) => next(new Error("locked")));
    const proxy = await recordingProxy(await listen(server), socketIo);
    const url = proxy.url.replace("ws:", "http:");
    const options = { transports: ["websocket"], forceNew: true, reconnection: false };
    const client = io(url, { ...options, auth: { token: "t" } });
    onTestFinished(() => void client.close());
    await new Promise<void>((resolve) => void client.once("connect", () => resolve()));
    expect(await client.emitWithAck("echo", { a: [Buffer.from("x"), "y"] })).toEqual({
      a: [Buffer.from("x"), "y"],
    });
    const said = new Promise((resolve) => void client.once("said", resolve));
    client.emit("say");
    await said;
    const attic = client.io.socket("/attic");
    attic.on("ask", (answer: (value: string) => void) => answer("attic"));
    const thanks = new Promise((resolve) => void attic.once("thanks", resolve));
    expect(await thanks).toBe("attic");
    const locked = client.io.socket("/locked");
    const refused = new Promise((resolve) => void locked.once("connect_error", resolve));
    await refused;
    await vi.waitUntil(() => proxy.heard.some(({ kind }) => kind === "pong"), { timeout: 10_000 });
    attic.disconnect();
    client.disconnect();
    await vi.waitUntil(() => proxy.heard.filter(({ kind }) => kind === "disconnect").length === 2);
    const lines = conversation(proxy).filter((line) => !/ p[io]ng /.test(line));
    expect(lines).toEqual([
      "< open -",
      "> connect -",
      "< connect -",
      "> event echo",
      "> attachment echo",
      "< ack echo",
      "< attachment echo",
      "> event say",
      "< event said",
      "< attachment said",
      "> connect -",
      "< connect -",
      "< event ask",
      "> ack ask",
      "< event thanks",
      "> connect -",
      "< connect_error -",
      "> disconnect -",
    ]);
    expect(proxy.heard.find(({ kind }) => kind === "connect")?.data).toEqual({
      namespace: "/",
      auth: { token: "t" },
    });
  });
});

/** What is used of GraphQL Yoga. Its own types bring the DOM's, which contradict Node's, into every file. */
interface Yoga {
  createSchema(options: { readonly typeDefs: string; readonly resolvers: unknown }): GraphQLSchema;
}

async function* count(): AsyncGenerator<{ count: number }> {
  for (let number = 1; ; number++) {
    await nextTurn();
    yield { count: number };
  }
}

describe("graphqlTransportWs", () => {
  it("reads what graphql-ws says, client and server", async () => {
    const yogaPackage: string = "graphql-yoga";
    const { createSchema } = (await import(yogaPackage)) as Yoga;
    const schema = createSchema({
      typeDefs: "type Query { greet(name: String!): String fail: Int } type Subscription { count: Int }",
      resolvers: {
        Query: { greet: (_root: unknown, { name }: { name: string }) => `hi ${name}` },
        Subscription: { count: { subscribe: () => count() } },
      },
    });
    const server = createServer();
    useServer({ schema }, new WebSocketServer({ server, path: "/graphql" }));
    const proxy = await recordingProxy(await listen(server), graphqlTransportWs);
    const client = createClient({
      url: `${proxy.url}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { token: "t" },
      keepAlive: 20,
    });
    onTestFinished(() => client.dispose());
    const query = "query Greet($name: String!) { greet(name: $name) }";
    for await (const { data } of client.iterate({ query, variables: { name: "Ada" } }))
      expect(data).toEqual({ greet: "hi Ada" });
    for await (const { data } of client.iterate({ query: "subscription Count { count }" }))
      if (data?.["count"] === 3) break;
    await expect(client.iterate({ query: "{ nothing }" }).next()).rejects.toBeTruthy();
    const waiting = client.iterate({ query: "subscription Again { count }" });
    await waiting.next();
    await vi.waitUntil(() => proxy.heard.some(({ kind }) => kind === "pong"), { timeout: 10_000 });
    await waiting.return?.();
    const lines = new Set(conversation(proxy));
    expect(lines).toEqual(
      new Set([
        "> connection_init -",
        "< connection_ack -",
        "> subscribe Greet",
        "< next Greet",
        "< complete Greet",
        "> subscribe Count",
        "< next Count",
        "> complete Count",
        ...[...lines].filter((line) => line === "< next -" || line === "< complete -"),
        "> subscribe -",
        "< error -",
        "> subscribe Again",
        "< next Again",
        "> ping -",
        "< pong -",
        ...[...lines].filter((line) => line === "> complete Again"),
      ]),
    );
    expect(proxy.heard.find(({ name }) => name === "Greet")?.data).toMatchObject({
      operation: "query",
      fields: ["greet"],
      variables: { name: "Ada" },
    });
  });
});

describe("mqtt", () => {
  it.each([3, 4] as const)(
    "reads what MQTT.js and Aedes say to each other, in version %i",
    async (version) => {
      const broker = await Aedes.createBroker();
      onTestFinished(() => new Promise<void>((resolve) => broker.close(resolve)));
      const server = createServer();
      const sockets = new WebSocketServer({ server, handleProtocols: ([offered]) => offered ?? false });
      sockets.on("connection", (socket, request) => {
        const stream = createWebSocketStream(socket);
        stream.on("error", () => undefined);
        broker.handle(stream, request);
      });
      const proxy = await recordingProxy(await listen(server), mqtt);
      const client = await connectAsync(proxy.url, {
        protocolVersion: version,
        protocolId: version === 3 ? "MQIsdp" : "MQTT",
        clientId: "ada",
        reconnectPeriod: 0,
        username: "u",
        password: "p",
        will: { topic: "attic/gone", payload: Buffer.from("gone"), qos: 0, retain: false },
      });
      client.on("error", () => undefined);
      onTestFinished(() => client.endAsync(true));
      await client.subscribeAsync(["attic/#", "cellar/+"], { qos: 1 });
      const payloads = [Buffer.from('{"a":1}'), Buffer.alloc(100_000, 255), Buffer.from("grüße")];
      for (const [qos, payload] of payloads.entries()) {
        const heard = new Promise<string>(
          (resolve) => void client.once("message", (topic) => resolve(topic)),
        );
        await client.publishAsync("attic/door", payload, { qos: qos as 0 | 1 | 2 });
        expect(await heard).toBe("attic/door");
      }
      await client.unsubscribeAsync("cellar/+");
      const answered = new Promise((resolve) => void client.once("packetreceive", resolve));
      client.sendPing();
      await answered;
      await client.endAsync();
      const lines = conversation(proxy);
      expect(lines.slice(0, 5)).toEqual([
        "> connect ada",
        "> publish attic/gone",
        "< connack -",
        "> subscribe attic/#",
        "> subscribe cellar/+",
      ]);
      expect(new Set(lines.slice(5))).toEqual(
        new Set([
          "< suback -",
          "> publish attic/door",
          "< publish attic/door",
          "< puback -",
          "> puback -",
          "< pubrec -",
          "> pubrel -",
          "< pubcomp -",
          "> pubrec -",
          "< pubrel -",
          "> pubcomp -",
          "> unsubscribe cellar/+",
          "< unsuback -",
          "> pingreq -",
          "< pingresp -",
          "> disconnect -",
        ]),
      );
      const published = proxy.heard.filter(
        ({ kind, direction }) => kind === "publish" && direction === "outbound",
      );
      expect(published.map(({ data }) => (data as { payload: unknown }).payload)).toEqual([
        { a: 1 },
        payloads[1],
        "grüße",
      ]);
    },
  );

  it("reads what MQTT.js says in version 5, topic aliases included", async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server, handleProtocols: ([offered]) => offered ?? false });
    sockets.on("connection", (socket) => answerMqtt5(createWebSocketStream(socket)));
    const proxy = await recordingProxy(await listen(server), mqtt);
    const client = await connectAsync(proxy.url, {
      protocolVersion: 5,
      clientId: "ada",
      reconnectPeriod: 0,
      autoAssignTopicAlias: true,
      properties: { topicAliasMaximum: 10 },
    });
    client.on("error", () => undefined);
    onTestFinished(() => client.endAsync(true));
    await client.subscribeAsync("attic/#", { qos: 0, properties: { userProperties: { a: "b" } } });
    for (const payload of ["one", "two"]) {
      const properties = { contentType: "text/plain", correlationData: Buffer.from("c") };
      await client.publishAsync("attic/door", payload, { qos: 1, properties });
    }
    await client.endAsync();
    const aliased = proxy.heard.filter(({ kind }) => kind === "publish").map(({ name }) => name);
    expect(aliased).toEqual(["attic/door", "attic/door"]);
    expect(conversation(proxy)).toEqual([
      "> connect ada",
      "< connack -",
      "> subscribe attic/#",
      "< suback -",
      "> publish attic/door",
      "< puback -",
      "> publish attic/door",
      "< puback -",
      "> disconnect -",
    ]);
  });
});

/** Answers as a broker would that knows topic aliases. */
function answerMqtt5(stream: Duplex): void {
  const parsing = parser({ protocolVersion: 5 });
  const send = (packet: Packet): void => void stream.write(generate(packet, { protocolVersion: 5 }));
  parsing.on("packet", (packet) => {
    const messageId = packet.messageId ?? 0;
    if (packet.cmd === "connect")
      send({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties: { topicAliasMaximum: 5 } });
    if (packet.cmd === "subscribe") send({ cmd: "suback", messageId, granted: [0] });
    if (packet.cmd === "publish") send({ cmd: "puback", messageId, reasonCode: 0 });
  });
  stream.on("data", (chunk: Buffer) => parsing.parse(chunk));
  stream.on("error", () => undefined);
}
