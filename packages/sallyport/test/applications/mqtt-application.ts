import { createServer } from "node:http";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import { generate, type IConnectPacket } from "mqtt-packet";
import { onTestFinished } from "vitest";
import { createWebSocketStream, WebSocketServer, type WebSocket } from "ws";
import { nextMessage, openClient, type HostName } from "../hosts/guarded-server.ts";
import { guardApplication, type Bearer, type GuardedApplication } from "./guarded-application.ts";

/** An aedes broker behind a gate with the policy `mqtt.yaml`. It lets everybody do everything. */
export async function guardBroker(
  host: HostName,
): Promise<{ readonly guarded: GuardedApplication; readonly broker: Aedes }> {
  const broker = await Aedes.createBroker();
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => "mqtt" });
  sockets.on("connection", (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on("error", () => undefined);
    broker.handle(stream, request);
  });
  broker.on("clientError", () => undefined);
  broker.on("connectionError", () => undefined);
  onTestFinished(() => new Promise<void>((resolve) => broker.close(resolve)));
  return { broker, guarded: await guardApplication(host, server, "mqtt") };
}

/** A client of MQTT.js. */
export async function connectMqtt(
  { wsUrl }: GuardedApplication,
  headers: Bearer,
  options: Parameters<typeof connectAsync>[1] = {},
): Promise<MqttClient> {
  const client = await connectAsync(`${wsUrl}/mqtt`, {
    reconnectPeriod: 0,
    clean: true,
    wsOptions: { headers: { ...headers } },
    ...options,
  });
  client.on("error", () => undefined);
  onTestFinished(() => client.endAsync(true));
  return client;
}

/** A CONNECT of `mallory`. */
export function connectPacket(more: Partial<IConnectPacket> = {}): Buffer {
  return generate({ cmd: "connect", clientId: "mallory", clean: true, keepalive: 60, ...more });
}

/** Somebody who writes packets by hand, on a connection without any. */
export async function openMqtt({ wsUrl }: GuardedApplication, headers: Bearer): Promise<WebSocket> {
  return await openClient(`${wsUrl}/mqtt`, { protocols: ["mqtt"], headers: { ...headers } });
}

/** Somebody who writes packets by hand, behind their CONNECT and its CONNACK. */
export async function openConnected(guarded: GuardedApplication, headers: Bearer): Promise<WebSocket> {
  const client = await openMqtt(guarded, headers);
  const acknowledged = nextMessage(client);
  client.send(connectPacket());
  await acknowledged;
  return client;
}
