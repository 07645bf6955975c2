import { createServer } from "node:http";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { guardServer, hostsOfLibraries, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";

const route: AttachRouteInput = {
  path: "/mqtt",
  identity: "anonymous",
  subprotocol: { allow: ["mqtt"] },
  messageSize: { opcodes: "binary" },
  dialect: { mqtt: { packet: "1MiB" } },
};

async function start(host: HostName): Promise<{ guarded: GuardedServer; sockets: WebSocketServer }> {
  const broker = await Aedes.createBroker();
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => "mqtt" });
  sockets.on("connection", (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on("error", () => undefined);
    broker.handle(stream, request);
  });
  onTestFinished(() => new Promise<void>((resolve) => broker.close(resolve)));
  return { guarded: await guardServer(host, server, { routes: [route] }), sockets };
}

async function connect(wsUrl: string): Promise<MqttClient> {
  const client = await connectAsync(`${wsUrl}/mqtt`, { reconnectPeriod: 20, clean: true });
  client.on("error", () => undefined);
  onTestFinished(() => client.endAsync(true));
  return client;
}

describe.each(hostsOfLibraries)("MQTT over WebSocket (aedes, mqtt) through the host `%s`", (host) => {
  it("brings what is published to those who subscribed, text and bytes, with acknowledgement", async () => {
    const { guarded } = await start(host);
    const [ada, ben] = await Promise.all([connect(guarded.wsUrl), connect(guarded.wsUrl)]);
    expect((await guarded.seen("open")).subprotocol).toBe("mqtt");
    await ben.subscribeAsync("attic/#", { qos: 1 });
    for (const payload of [Buffer.from("grüße"), Buffer.alloc(300_000, 7)]) {
      const heard = new Promise<[string, Buffer]>((resolve) => {
        ben.once("message", (topic, message) => resolve([topic, message]));
      });
      await ada.publishAsync("attic/door", payload, { qos: 1 });
      const [topic, message] = await heard;
      expect([topic, message.equals(payload)]).toEqual(["attic/door", true]);
    }
  });

  it("connects again when the connection is lost, and ends", async () => {
    const { guarded, sockets } = await start(host);
    const client = await connect(guarded.wsUrl);
    const again = new Promise<void>((resolve) => void client.once("connect", () => resolve()));
    for (const socket of sockets.clients) socket.terminate();
    await again;
    await client.subscribeAsync("attic");
    expect(guarded.events.filter(({ type }) => type === "open")).toHaveLength(2);
    await client.endAsync();
    await vi.waitUntil(() => guarded.connections() === 0, { timeout: 10_000 });
  });
});
