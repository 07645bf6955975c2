import { generate } from "mqtt-packet";
import { expect, it } from "vitest";
import type { WebSocket } from "ws";
import type { ErrorCode } from "../../src/errors.ts";
import { hostsOfLibraries, type HostName } from "../hosts/guarded-server.ts";
import { guardGraphql, openMessages } from "./graphql-application.ts";
import { ending, endingOf, type Ending } from "./guarded-application.ts";
import { guardNotes, openRpc } from "./json-rpc-application.ts";
import { guardBroker, openConnected } from "./mqtt-application.ts";
import { guardChat, openPackets } from "./socket-io-application.ts";
import { edit, guardDocuments } from "./yjs-application.ts";

const MANY = 3000;
const many = <Item>(item: (index: number) => Item): readonly Item[] =>
  Array.from({ length: MANY }, (_, index) => item(index));

/** A flood of one application; resolves with how it ended. */
type Flood = (host: HostName) => Promise<Ending>;

const socketIo: Flood = async (host) => {
  const chat = await guardChat(host);
  const client = await openPackets(chat, await chat.bearer("mallory", { rooms: ["attic"] }));
  return await endingOf(
    chat,
    client,
    many(() => '42["say","attic",{"text":"spam"}]'),
  );
};

const graphql: Flood = async (host) => {
  const server = await guardGraphql(host);
  const client = await openMessages(server, await server.bearer("mallory"));
  return await endingOf(
    server,
    client,
    many(() => ({ type: "ping" })),
  );
};

const jsonRpc: Flood = async (host) => {
  const notes = await guardNotes(host);
  const { socket } = await openRpc(notes, await notes.bearer("mallory"));
  return await endingOf(
    notes,
    socket,
    many(() => ({ jsonrpc: "2.0", method: "notes.list" })),
  );
};

const mqtt: Flood = async (host) => {
  const { guarded } = await guardBroker(host);
  const client = await openConnected(guarded, await guarded.bearer("mallory"));
  const subscriptions = [{ topic: "users/mallory/private/a", qos: 0 as const }];
  const packets = many((index) => generate({ cmd: "subscribe", messageId: index + 1, subscriptions }));
  return await endingOf(guarded, client, packets);
};

const yjs: Flood = async (host) => {
  const server = await guardDocuments(host);
  const { provider, socket } = await edit(server, await server.bearer("mallory", { documents: ["novel"] }));
  const ended = ending(server, socket.webSocket as unknown as WebSocket);
  many((index) => provider.setAwarenessField("cursor", index));
  return await ended;
};

const floods: readonly (readonly [string, Flood, ErrorCode])[] = [
  ["one event of Socket.IO", socketIo, "messageRate.rule"],
  ["pings of graphql-ws", graphql, "messageRate.messages"],
  ["notifications of JSON-RPC", jsonRpc, "messageRate.messages"],
  ["subscriptions of MQTT to one topic", mqtt, "messageRate.rule"],
  ["cursors of Yjs", yjs, "messageRate.messages"],
];

// All at once: a flood is slowed down for ten seconds before it ends.
it("floods of each application end after ten seconds, through every host", async () => {
  const all = hostsOfLibraries.flatMap((host) =>
    floods.map(([name, run, code]) => ({ host, name, run, code })),
  );
  const found = await Promise.all(
    all.map(async ({ host, name, run }) => ({ host, name, ending: await run(host) })),
  );
  expect(found).toEqual(all.map(({ host, name, code }) => ({ host, name, ending: { code, close: 4429 } })));
});
