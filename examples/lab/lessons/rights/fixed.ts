// Parcels and where they are, by MQTT over a WebSocket: each customer's page subscribes to the topics of its own.
import { createServer } from "node:http";

import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";

import { answerJson } from "../../../shared/visitors.ts";
import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Handshake, Place } from "../../place.ts";
import { parcels, userOf } from "./depot.ts";

/** Starts the parcel service. */
export async function start({ port, origins }: Place): Promise<void> {
  const broker = await Aedes.createBroker({
    authorizeSubscribe: ({ req }, subscription, done) => {
      const own = `parcels/${req === undefined ? "" : userOf(req)}/`;
      done(null, subscription.topic.startsWith(own) ? subscription : null);
    },
    authorizePublish: (_, packet, done) => done(new Error(`nobody writes to ${packet.topic}`)),
  });
  for (const [topic, payload] of Object.entries(parcels))
    broker.publish({ cmd: "publish", qos: 0, dup: false, retain: true, topic, payload }, () => undefined);
  const http = createServer((request, response) => {
    const user = userOf(request);
    answerJson(response, user === "" ? 401 : 200, { user });
  });
  const sockets = new WebSocketServer({
    server: http,
    path: "/parcels",
    maxPayload: 4096,
    handleProtocols: () => "mqtt",
    verifyClient: ({ origin, req }: Handshake) => origins.has(origin) && userOf(req) !== "",
  });
  broker.on("clientError", (client) => client.close());
  broker.on("connectionError", (client) => client.close());
  sockets.on("connection", (socket, request) => {
    socket.on("error", () => socket.terminate());
    const stream = createWebSocketStream(socket);
    stream.on("error", () => socket.terminate());
    broker.handle(stream, request);
  });
  await listenOnLoopback(http, port);
}
