import { once } from "node:events";
import { createServer } from "node:http";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";

import { attach } from "../../packages/sallyport/src/hosts/attach.ts";
import { portOf, recordEvents, type Told } from "../../packages/sallyport/test/gateway/harness.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

/** A server with a page at `/` and an echo at `/chat`, which alone is guarded. */
async function startServer(): Promise<Told & { readonly port: number }> {
  const server = createServer((_incoming, response) => {
    response.writeHead(200, { "Content-Type": "text/html", "Set-Cookie": "session=1; SameSite=Lax" });
    response.end("<!doctype html><title>page</title>");
  });
  const sockets = new WebSocketServer({ server, path: "/chat", perMessageDeflate: true });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => {
      socket.send(data, { binary: isBinary });
    });
  });
  const { emit, ...told } = recordEvents();
  const gate = attach(server, { routes: [{ path: "/chat", identity: "anonymous" }] }, { onEvent: emit });
  await gate.ready;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    await gate.drain({ batch: 100, pauseMs: 0, withinMs: 1000 });
    server.closeAllConnections();
    server.close();
  });
  return { ...told, port: portOf(server.address()) };
}

/** What a page gets back that says something to a chat: its own words, or the code of the close. */
function talk(page: Page, port: number): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket("ws://127.0.0.1:${port}/chat");
    socket.onopen = () => socket.send("grüße 🏰 ".repeat(20_000));
    socket.onmessage = ({ data }) => { resolve(data); socket.close(1000, "done"); };
    socket.onclose = ({ code }) => resolve(code);
  })`);
}

describe.runIf(runsBrowserTests)(
  "a server that attach guards, in Chromium (name its path in CHROMIUM)",
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(async () => await browser?.close());

    it("carries the words of its own page, and leaves that page alone", async () => {
      const { port, seen } = await startServer();
      const page = await browser.newPage();
      onTestFinished(async () => await page.close());
      const response = await page.goto(`http://127.0.0.1:${port}/`);
      expect(response?.status()).toBe(200);
      expect(await talk(page, port)).toBe("grüße 🏰 ".repeat(20_000));
      expect(await seen("closed")).toMatchObject({ closedBy: "client", closeCode: 1000 });
    });

    it("refuses the page of another origin, with the visitor's cookie (CWE-1385)", async () => {
      const [own, foreign] = [await startServer(), await startServer()];
      const context = await browser.newContext();
      onTestFinished(async () => await context.close());
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${own.port}/`);
      await page.goto(`http://127.0.0.1:${foreign.port}/`);
      expect(await talk(page, own.port)).toBe(1006);
      expect(await own.seen("handshake")).toMatchObject({
        code: "origin.foreign",
        status: 403,
        origin: `http://127.0.0.1:${foreign.port}`,
      });
      expect(own.events.filter(({ type }) => type === "open")).toEqual([]);
    });
  },
);
