import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { runInThisContext } from "node:vm";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { describe, expect, it, onTestFinished } from "vitest";
import { listen, type Handler, type ListenServer } from "../../src/index.ts";
import { portOf } from "../gateway/harness.ts";
import { nextMessage, openClient } from "../hosts/guarded-server.ts";

const policy = { routes: [{ path: "/chat", identity: "anonymous" as const }] };
const handler: Handler = { message: (connection, data) => void connection.send(data) };
const QUICK = { batch: 1000, pauseMs: 0, withinMs: 500 };

/** The adapters, as the documents show them: each is how one gets at the server of Node's that the framework serves on. */
const frameworks: Readonly<Record<string, () => Promise<Server>>> = {
  async "Express 5"() {
    const app = express();
    app.get("/", (_request, response) => void response.send("page"));
    const server = createServer(app);
    const sockets = await listen(policy, handler, { server });
    onTestFinished(() => sockets.close(QUICK));
    return server.listen(0, "127.0.0.1");
  },
  async "Fastify 5"() {
    const app = fastify();
    app.get("/", () => "page");
    const sockets = await listen(policy, handler, { server: app.server });
    app.addHook("preClose", () => sockets.close(QUICK));
    await app.listen({ port: 0, host: "127.0.0.1" });
    onTestFinished(() => app.close());
    return app.server;
  },
  async "Hono 4"() {
    const app = new Hono();
    app.get("/", (context) => context.text("page"));
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
    const sockets = await listen(policy, handler, { server });
    onTestFinished(() => sockets.close(QUICK));
    return server;
  },
};

describe("the page about `listen`", () => {
  it("begins with a server that runs as it is written", async () => {
    const page = readFileSync(new URL("../../../../docs/how-to/listen.md", import.meta.url), "utf8");
    const [, block = ""] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
    const body = block
      .replace('import { listen } from "sallyport";', "")
      .replace("127.0.0.1:8080", "127.0.0.1:0")
      .replace("console.log(server.urls);", "return server;");
    const run = runInThisContext(`(async (listen) => {${body}})`) as (
      serve: typeof listen,
    ) => Promise<ListenServer>;
    const server = await run(listen);
    onTestFinished(() => server.close(QUICK));
    const client = await openClient(`${(server.urls[0] ?? "").replace("http", "ws")}/chat`, {
      headers: { origin: "https://app.example.com" },
    });
    const answer = nextMessage(client);
    client.send("hello");
    expect((await answer).data.toString()).toBe("hello");
  });
});

describe("listen on the server of", () => {
  it.each(Object.keys(frameworks))("%s serves WebSockets, and leaves it its pages", async (name) => {
    const server = await frameworks[name]?.();
    if (server === undefined) throw new Error(name);
    if (!server.listening) await once(server, "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const port = portOf(server.address());
    const client = await openClient(`ws://127.0.0.1:${port}/chat`);
    const answer = nextMessage(client);
    client.send("hello");
    expect((await answer).data.toString()).toBe("hello");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("page");
    await expect(openClient(`ws://127.0.0.1:${port}/elsewhere`)).rejects.toThrow("status 404");
    client.terminate();
  });
});
