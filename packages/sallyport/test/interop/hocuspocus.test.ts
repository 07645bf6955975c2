import type { Duplex } from "node:stream";
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { Server } from "@hocuspocus/server";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { Doc } from "yjs";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { guardServer, hostsOfLibraries } from "../hosts/guarded-server.ts";

const route: AttachRouteInput = { path: "/", identity: "anonymous", messageSize: { opcodes: "binary" } };

interface Editor {
  readonly document: Doc;
  readonly socket: HocuspocusProviderWebsocket;
}

/** Somebody who edits the document `novel`. */
async function openEditor(url: string): Promise<Editor> {
  const document = new Doc();
  const socket = new HocuspocusProviderWebsocket({
    url,
    WebSocketPolyfill: WebSocket,
    delay: 20,
    minDelay: 20,
  });
  const synced = Promise.withResolvers<void>();
  const provider = new HocuspocusProvider({
    name: "novel",
    document,
    websocketProvider: socket,
    onSynced: () => synced.resolve(),
  });
  provider.attach();
  onTestFinished(() => {
    provider.destroy();
    socket.destroy();
  });
  await synced.promise;
  return { document, socket };
}

const textOf = ({ document }: Editor): string => document.getText("text").toJSON();

describe.each(hostsOfLibraries)("Hocuspocus 4 and Yjs through the host `%s`", (host) => {
  it("bring two documents together, also after the connection was lost", async () => {
    const application = new Server({ quiet: true, stopOnSignals: false });
    const upgraded: Duplex[] = [];
    application.httpServer.on("upgrade", (_request, socket) => upgraded.push(socket));
    const guarded = await guardServer(host, application.httpServer, { routes: [route] });
    const [ada, ben] = await Promise.all([openEditor(guarded.wsUrl), openEditor(guarded.wsUrl)]);
    ada.document.getText("text").insert(0, "It was a dark night. ");
    await vi.waitUntil(() => textOf(ben).includes("dark"), { timeout: 10_000 });
    ben.document.getText("text").insert(0, "Chapter 1. ");
    await vi.waitUntil(() => textOf(ada).startsWith("Chapter 1. It was"), { timeout: 10_000 });

    for (const socket of upgraded.splice(0)) socket.destroy();
    ada.document.getText("text").insert(0, "Draft. ");
    await vi.waitUntil(() => textOf(ben).startsWith("Draft. Chapter 1."), { timeout: 10_000 });
    ben.document.getText("text").insert(0, "x".repeat(200_000));
    await vi.waitUntil(() => textOf(ada) === textOf(ben) && textOf(ada).length > 200_000, { timeout: 5000 });
    const codes = guarded.events.flatMap((event) => (event.type === "decision" ? [event.code] : []));
    expect(codes).toEqual(["upstream.lost", "upstream.lost"]);
    ada.socket.disconnect();
    ben.socket.disconnect();
    await vi.waitUntil(() => guarded.connections() === 0, { timeout: 10_000 });
  });
});
