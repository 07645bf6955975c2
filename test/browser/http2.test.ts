import { createServer } from "node:http";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";

import { portOf, startGateway } from "../../packages/sallyport/test/gateway/harness.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

/** An application with a page and an echo. */
async function startApplication(): Promise<string> {
  const server = createServer((_incoming, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end("<!doctype html><title>page</title>");
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${portOf(server.address())}`;
}

describe.runIf(runsBrowserTests)("a browser that speaks HTTP/2 with the gate", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser.close());

  it("opens its WebSocket as a stream of the page's connection (RFC 8441)", async () => {
    const gate = await startGateway({
      upstream: await startApplication(),
      listen: { tls: "development" },
      route: { http: "forward" },
    });
    const url = `https://localhost:${gate.port}/`;
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    onTestFinished(async () => await context.close());
    const page = await context.newPage();
    const inspector = await context.newCDPSession(page);
    await inspector.send("Network.enable");
    const answered = Promise.withResolvers<number>();
    inspector.on("Network.webSocketHandshakeResponseReceived", ({ response }) =>
      answered.resolve(response.status),
    );
    const response = await page.goto(url);
    expect(response?.status()).toBe(200);
    const protocol = await page.evaluate(`performance.getEntriesByType("navigation")[0].nextHopProtocol`);
    expect(protocol).toBe("h2");
    const echoed = await page.evaluate(`new Promise((resolve, reject) => {
      const socket = new WebSocket("wss://" + location.host + "/");
      socket.onopen = () => socket.send("over h2");
      socket.onmessage = ({ data }) => { resolve(data); socket.close(1000); };
      socket.onerror = () => reject(new Error("no socket"));
    })`);
    expect(echoed).toBe("over h2");
    // HTTP/1.1 would have been answered 101.
    expect(await answered.promise).toBe(200);
    expect(await gate.seen("closed")).toMatchObject({ closeCode: 1000, closedBy: "client" });
  });
});
