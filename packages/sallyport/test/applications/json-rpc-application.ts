import { createServer } from "node:http";
import { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient } from "json-rpc-2.0";
import { onTestFinished } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { bytesOf } from "../gateway/harness.ts";
import { openClient, type HostName } from "../hosts/guarded-server.ts";
import { guardApplication, type Bearer, type GuardedApplication } from "./guarded-application.ts";

/** One end of a JSON-RPC connection: it calls and is called. */
export type RpcPeer = JSONRPCServerAndClient;

function peerOver(socket: WebSocket): RpcPeer {
  const peer = new JSONRPCServerAndClient(
    new JSONRPCServer({ errorListener: () => undefined }),
    new JSONRPCClient((payload) => socket.send(JSON.stringify(payload))),
  );
  socket.on("message", (data) => {
    void peer.receiveAndSend(JSON.parse(bytesOf(data).toString()));
  });
  return peer;
}

interface Note {
  readonly title: string;
  readonly text: string;
}

/** Notes that their readers are told of. Each connection is an end of `json-rpc-2.0`, which checks no parameters. */
export async function guardNotes(host: HostName): Promise<GuardedApplication> {
  const notes: Note[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: true });
  const watchers = new Set<RpcPeer>();
  sockets.on("connection", (socket) => {
    socket.on("error", () => undefined);
    const peer = peerOver(socket);
    peer.addMethod("notes.list", () => notes);
    peer.addMethod("notes.add", (note: Note) => {
      notes.push(note);
      for (const watcher of watchers) watcher.notify("notes.changed", { count: notes.length });
      return notes.length;
    });
    peer.addMethod("notes.watch", () => {
      watchers.add(peer);
      socket.on("close", () => watchers.delete(peer));
      return true;
    });
    peer.addMethod("notes.search", () => {
      throw new Error(`no index\n${new Error("in the query").stack}`);
    });
    peer.addMethod("client.seen", () => undefined);
    peer.addMethod("admin.clear", () => notes.splice(0).length);
    peer.addMethod("whatTime", () => peer.request("client.time", {}));
  });
  return await guardApplication(host, server, "json-rpc");
}

/** An end of the client that answers when it is asked for the time, and its socket for what no client of the library sends. */
export async function openRpc(
  { wsUrl }: GuardedApplication,
  headers: Bearer,
): Promise<{ readonly peer: RpcPeer; readonly socket: WebSocket }> {
  const socket = await openClient(`${wsUrl}/rpc`, { headers: { ...headers } });
  const peer = peerOver(socket);
  peer.addMethod("client.time", () => "noon");
  onTestFinished(() => peer.rejectAllPendingRequests("the test is over"));
  return { peer, socket };
}
