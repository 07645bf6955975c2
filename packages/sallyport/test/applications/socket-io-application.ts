import { createServer, type IncomingMessage, type Server as HttpServer } from "node:http";
import { decodeJwt } from "jose";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { onTestFinished } from "vitest";
import type { WebSocket } from "ws";
import { openClient, type HostName } from "../hosts/guarded-server.ts";
import { guardApplication, type Bearer, type GuardedApplication } from "./guarded-application.ts";

/** Who the gate says that the caller is. */
function userOf({ headers }: IncomingMessage): string {
  return String(decodeJwt(String(headers["sallyport-identity"])).sub);
}

/** A chat as Socket.IO's guide has it: rooms, acknowledgements, files, and a namespace for the staff. It checks nothing. */
function chatServer(): HttpServer {
  const server = createServer();
  const chat = new Server(server, { maxHttpBufferSize: 64 * 1024 * 1024 });
  chat.on("connection", (socket) => {
    const from = userOf(socket.request);
    socket.on("join", async (room: string, answer: (people: number) => void) => {
      await socket.join(room);
      answer(chat.sockets.adapter.rooms.get(room)?.size ?? 0);
    });
    socket.on("leave", (room: string) => void socket.leave(room));
    socket.on("say", (room: string, line: { readonly text: string }, answer?: (at: number) => void) => {
      chat.to(room).emit("said", { room, from, text: line.text });
      answer?.(Date.now());
    });
    socket.on("attach", (room: string, file: object, answer?: (done: boolean) => void) => {
      socket.to(room).emit("attached", room, file);
      answer?.(true);
    });
    socket.on("kick", (room: string, user: string, answer: (done: boolean) => void) => {
      chat.to(room).emit("kicked", { room, user });
      answer(true);
    });
  });
  chat.of("/staff").on("connection", (socket) => {
    socket.on("announce", (text: string) => chat.emit("announced", text));
  });
  return server;
}

/** The chat behind a gate with the policy `socket-io-chat.yaml`. */
export async function guardChat(host: HostName): Promise<GuardedApplication> {
  return await guardApplication(host, chatServer(), "socket-io-chat");
}

/** Somebody with Socket.IO's own client in the chat. */
export async function joinChat(
  { url }: GuardedApplication,
  extraHeaders: Bearer,
  namespace = "/",
): Promise<Socket> {
  const client = io(url + namespace, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    extraHeaders: { ...extraHeaders },
  });
  onTestFinished(() => void client.close());
  await new Promise<void>((resolve, reject) => {
    client.once("connect", resolve);
    client.once("connect_error", reject);
  });
  return client;
}

/** Somebody who writes their packets by hand, and is in the namespace `/`. */
export async function openPackets({ wsUrl }: GuardedApplication, headers: Bearer): Promise<WebSocket> {
  const client = await openClient(`${wsUrl}/socket.io/?EIO=4&transport=websocket`, {
    headers: { ...headers },
  });
  const joined = new Promise<void>((resolve) => {
    client.on("message", (data: Buffer) => void (data.toString().startsWith("40{") && resolve()));
  });
  client.send("40");
  await joined;
  return client;
}
