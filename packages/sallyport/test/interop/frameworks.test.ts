import type { Server } from "node:http";
import fastifyWebsocket from "@fastify/websocket";
import { createAdaptorServer, upgradeWebSocket, type WebSocketServerLike } from "@hono/node-server";
import { fastify } from "fastify";
import { Hono } from "hono";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import { bytesOf } from "../gateway/harness.ts";
import { closed, guardServer, hostsOfLibraries, nextMessage, openClient } from "../hosts/guarded-server.ts";
import { createTokens } from "../hosts/test-tokens.ts";

/** `/ws` echoes and closes with 4001 when told `bye`; `/page` is a page and tells who the caller is when asked. */
async function fastifyServer(): Promise<Server> {
  const app = fastify();
  await app.register(fastifyWebsocket);
  app.get("/ws", { websocket: true }, (socket, request) => {
    socket.on("message", (data, isBinary) => {
      const bytes = bytesOf(data);
      if (bytes.toString() === "who am I?") socket.send(String(request.headers["sallyport-identity"]));
      else if (bytes.toString() === "bye") socket.close(4001, "bye");
      else socket.send(bytes, { binary: isBinary });
    });
  });
  app.get("/page", () => "page");
  await app.ready();
  onTestFinished(() => app.close());
  return app.server;
}

/** The same with Hono. */
async function honoServer(): Promise<Server> {
  const app = new Hono();
  const upgrade = upgradeWebSocket((context) => ({
    onMessage: ({ data }, socket) => {
      if (data === "who am I?") socket.send(String(context.req.header("sallyport-identity")));
      else if (data === "bye") socket.close(4001, "bye");
      else if (typeof data === "string" || data instanceof ArrayBuffer) socket.send(data);
    },
  }));
  app.get("/ws", upgrade);
  app.get("/page", (context) => context.text("page"));
  const sockets = new WebSocketServer({ noServer: true });
  return createAdaptorServer({
    fetch: app.fetch,
    websocket: { server: sockets as unknown as WebSocketServerLike },
  }) as Server;
}

const frameworks = [
  ["@fastify/websocket 11", fastifyServer],
  ["Hono 4 with @hono/node-server 2", honoServer],
] as const;

describe.each(hostsOfLibraries)("frameworks through the host `%s`", (host) => {
  it.each(frameworks)(
    "%s echoes text and bytes, knows the caller, and closes with its own code",
    async (_name, start) => {
      const tokens = await createTokens();
      const guarded = await guardServer(host, await start(), {
        routes: [{ path: "/", identity: tokens.identity, http: "forward" }],
      });
      const headers = { authorization: `Bearer ${await tokens.sign("ada")}` };
      for (let time = 1; time <= 2; time++) {
        const client = await openClient(`${guarded.wsUrl}/ws`, { headers });
        client.send("who am I?");
        const statement = (await nextMessage(client)).data.toString().split(".")[1] ?? "";
        expect(JSON.parse(Buffer.from(statement, "base64url").toString())).toMatchObject({ sub: "ada" });
        client.send("grüße");
        expect(await nextMessage(client)).toEqual({ data: Buffer.from("grüße"), isBinary: false });
        client.send(Buffer.alloc(100_000, 7));
        expect(await nextMessage(client)).toEqual({ data: Buffer.alloc(100_000, 7), isBinary: true });
        client.send("bye");
        expect(await closed(client)).toEqual({ code: 4001, reason: "bye" });
      }
      await vi.waitUntil(() => guarded.connections() === 0, { timeout: 10_000 });
    },
  );

  it.each(frameworks)(
    "%s refuses an upgrade where it has none, and serves its pages",
    async (_name, start) => {
      const tokens = await createTokens();
      const guarded = await guardServer(host, await start(), {
        routes: [{ path: "/", identity: tokens.identity, http: "forward" }],
      });
      const headers = { authorization: `Bearer ${await tokens.sign("ada")}` };
      await expect(openClient(`${guarded.wsUrl}/nowhere`, { headers })).rejects.toThrow(/status 4\d\d/);
      expect(await (await fetch(`${guarded.url}/page`, { headers })).text()).toBe("page");
      expect((await fetch(`${guarded.url}/page`)).status).toBe(401);
    },
  );
});
