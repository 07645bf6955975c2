import { once } from "node:events";
import { createServer } from "node:http";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer, type PerMessageDeflateOptions } from "ws";

import type { AttachRouteInput } from "../../packages/sallyport/src/policy/attach-config.ts";
import { attach } from "../../packages/sallyport/src/hosts/attach.ts";
import { portOf, recordEvents, type Told } from "../../packages/sallyport/test/gateway/harness.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

/** A page at `/`, and an echo at `/chat` that compresses as it is told. */
async function startServer(
  perMessageDeflate: PerMessageDeflateOptions,
  route: Partial<AttachRouteInput> = {},
): Promise<Told & { readonly port: number; readonly negotiated: readonly string[] }> {
  const server = createServer((_incoming, response) => {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end("<!doctype html><title>page</title>");
  });
  const negotiated: string[] = [];
  const sockets = new WebSocketServer({ server, path: "/chat", perMessageDeflate });
  sockets.on("headers", (lines) => {
    negotiated.push(lines.find((line) => line.startsWith("Sec-WebSocket-Extensions: ")) ?? "none");
  });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => {
      socket.send(data, { binary: isBinary });
    });
  });
  const { emit, ...told } = recordEvents();
  const routes = [
    { path: "/chat", identity: "anonymous" as const, compression: "inspect" as const, ...route },
  ];
  const gate = attach(server, { routes }, { onEvent: emit });
  await gate.ready;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    await gate.drain({ batch: 100, pauseMs: 0, withinMs: 1000 });
    server.closeAllConnections();
    server.close();
  });
  return { ...told, negotiated, port: portOf(server.address()) };
}

/** What a page gets back of its words, one by one, and the extensions that it was answered; or the code of the close. */
function talk(page: Page, port: number, words: readonly string[]): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    const words = ${JSON.stringify(words)};
    const heard = [];
    const socket = new WebSocket("ws://127.0.0.1:${port}/chat");
    socket.onopen = () => words.forEach((word) => socket.send(word));
    socket.onmessage = ({ data }) => {
      heard.push(data);
      if (heard.length === words.length) resolve({ heard, extensions: socket.extensions });
    };
    socket.onclose = ({ code }) => resolve(code);
  })`);
}

describe.runIf(runsBrowserTests)(
  "compression that the gate inspects, in Chromium (name its path in CHROMIUM)",
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(async () => await browser?.close());

    const words = ["", "grüße 🏰", "grüße 🏰", "hello ".repeat(5000), "", "grüße 🏰"];

    it.each<[string, PerMessageDeflateOptions, Partial<AttachRouteInput>]>([
      ["with context", { threshold: 0 }, {}],
      ["without context", { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true }, {}],
      ["with small windows", { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 10 }, {}],
      ["where messages to the page may be dropped", { threshold: 0 }, { slowConsumer: { policy: "drop" } }],
    ])("carries the words of a page there and back, %s", async (_name, options, route) => {
      const { port, negotiated, events } = await startServer(options, route);
      const page = await browser.newPage();
      onTestFinished(async () => await page.close());
      await page.goto(`http://127.0.0.1:${port}/`);
      const answer = await talk(page, port, words);
      const extensions = (negotiated[0] ?? "").replace(/^[^:]*: /, "");
      expect(extensions).toContain("permessage-deflate");
      expect(answer).toEqual({ heard: words, extensions });
      expect(events.filter(({ type }) => type === "decision")).toEqual([]);
    });

    it("closes what inflates to more than it may: 1009", async () => {
      const { port, seen } = await startServer({ threshold: 0 }, { messageSize: { inbound: "64KiB" } });
      const page = await browser.newPage();
      onTestFinished(async () => await page.close());
      await page.goto(`http://127.0.0.1:${port}/`);
      expect(await talk(page, port, ["x".repeat(100_000)])).toBe(1009);
      expect(await seen("decision")).toMatchObject({ code: "messageSize.bytes" });
    });
  },
);
