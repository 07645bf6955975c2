import { createServer } from "node:http";

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { bundleClient } from "../../packages/client/test/bundle-client.ts";
import { startRelay, type Relay } from "../../packages/client/test/scene.ts";
import { freePort } from "../../examples/shared/loopback.ts";
import { portOf, startGateway, type TestGateway } from "../../packages/sallyport/test/gateway/harness.ts";
import { startSessionApplication } from "../../packages/sallyport/test/hosts/session-application.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

interface Site {
  readonly gate: TestGateway;
  readonly relay: Relay;
  readonly page: Page;
}

/** What the page has: the client, and one socket with all that it told. */
const PRELUDE = `
  globalThis.told = [];
  globalThis.open = (url, options = {}) => {
    const socket = (globalThis.socket = new client.SallyportSocket(url, [], {
      reconnect: { firstMs: 1, longestMs: 20 }, ...options,
    }));
    for (const type of ["open", "message", "error", "close", "lost", "renewed"])
      socket.addEventListener(type, (event) => told.push([type, event.detail ?? event.data ?? null]));
    return socket;
  };
  globalThis.next = (type) =>
    new Promise((resolve) => socket.addEventListener(type, (event) => resolve(event.detail ?? event.data ?? null), { once: true }));
`;

describe.runIf(runsBrowserTests)("@sallyport/client, in Chromium (name its path in CHROMIUM)", () => {
  let browser: Browser;
  let modules: Record<string, string>;
  beforeAll(async () => {
    const entries = ["index", "proof-key", "messages"] as const;
    const made = entries.map(async (entry) => [entry, await bundleClient(entry, true)] as const);
    modules = Object.fromEntries(await Promise.all(made));
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  async function openPage(context: BrowserContext, address: string): Promise<Page> {
    onTestFinished(async () => {
      await context.unrouteAll({ behavior: "wait" });
      await context.close();
    });
    for (const [name, body] of Object.entries(modules))
      await context.route(`**/${name}.js`, (route) =>
        route.fulfill({ contentType: "text/javascript", body }),
      );
    const page = await context.newPage();
    await page.goto(address);
    await page.evaluate(`(async () => {
      globalThis.client = await import("/index.js");
      globalThis.keys = await import("/proof-key.js");
      globalThis.reading = await import("/messages.js");
      ${PRELUDE}
    })()`);
    return page;
  }

  /** A page of a site behind the gate, whose visitor is signed in; the gate stands behind a relay that can be cut. */
  async function startSite(): Promise<Site> {
    const application = await startSessionApplication({ sameSite: "lax", secure: true });
    const upstream = `ws://127.0.0.1:${application.port}`;
    const identity = { session: { url: application.sessionUrl, cookie: "sid", recheck: "200ms" } };
    const port = await freePort(0);
    const relay = await startRelay(port);
    const origin = { allow: [`https://localhost:${relay.port}`] };
    const gate = await startGateway({
      listen: { address: `127.0.0.1:${port}`, tls: "development" },
      routes: [
        {
          path: "/chat",
          upstream,
          identity,
          ticket: "require",
          connectionLimit: "off",
          origin,
        },
        { path: "/", upstream, identity: "anonymous", http: "forward", origin },
      ],
    });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await openPage(context, `https://localhost:${relay.port}/`);
    const signedIn = await page.evaluate(
      `fetch("/sign-in?user=ada", { method: "POST" }).then(({ ok }) => ok)`,
    );
    expect(signedIn).toBe(true);
    return { gate, relay, page };
  }

  it("connects with a ticket, carries text and bytes, and stops when the visitor signs out (4540)", async () => {
    const { page, gate } = await startSite();
    const heard = await page.evaluate(`(async () => {
      open("/chat").binaryType = "arraybuffer";
      await next("open");
      socket.send("grüße 🏰");
      const text = await next("message");
      socket.send(new Uint8Array([7, 8]));
      const bytes = [...new Uint8Array(await next("message"))];
      await fetch("/sign-out", { method: "POST" });
      const { code, cause } = await next("close");
      return [text, bytes, code, cause, socket.readyState, socket.protocol, told.filter(([type]) => type === "lost").length];
    })()`);
    expect(heard).toEqual(["grüße 🏰", [7, 8], 4540, "closed", 3, "", 0]);
    expect(await gate.seen("open")).toMatchObject({ user: "ada" });
  });

  it("learns from its ticket why it may not connect, where a WebSocket would say 1006", async () => {
    const { page } = await startSite();
    const end = await page.evaluate(`(async () => {
      await fetch("/sign-out", { method: "POST" });
      open("/chat");
      const { cause, status, incident, code } = await next("close");
      return { cause, status, code, hasIncident: incident !== null, told: told.map(([type]) => type) };
    })()`);
    expect(end).toEqual({
      cause: "refused",
      status: 401,
      code: 1006,
      hasIncident: true,
      told: ["error", "close"],
    });
  });

  it("binds its ticket to a key that the page cannot read out, and reads by for await", async () => {
    const { page } = await startSite();
    const heard = await page.evaluate(`(async () => {
      const key = await keys.createProofKey();
      const taken = await crypto.subtle.exportKey("jwk", key.pair.privateKey).catch((error) => error.name);
      open("/chat", { key });
      socket.send("a"); socket.send("b");
      const heard = [];
      for await (const data of reading.messages(socket)) {
        heard.push(data);
        if (data === "b") socket.close();
      }
      return [taken, heard];
    })()`);
    expect(heard).toEqual(["InvalidAccessError", ["a", "b"]]);
  });

  it("survives a network that is cut thirty times: nothing is lost in silence, nothing comes twice", async () => {
    const { page, relay } = await startSite();
    await page.evaluate(`open("/chat", { report: { settleMs: Infinity } })`);
    await page.evaluate(`globalThis.count = 0; globalThis.unconfirmed = new Set();
      socket.addEventListener("lost", ({ detail }) => detail.unconfirmed.forEach(({ data }) => unconfirmed.add(data)))`);
    for (let cut = 0; cut < 30; cut += 1) {
      await page.evaluate(`(async () => {
        if (socket.readyState !== 1) await next("open");
        for (let i = 0; i < 3; i += 1) socket.send("m" + ++count);
      })()`);
      relay.cut();
    }
    const outcome = await page.evaluate(`(async () => {
      if (socket.readyState !== 1) await next("open");
      socket.send("last");
      while (!told.some(([type, data]) => type === "message" && data === "last")) await next("message");
      const heard = told.filter(([type]) => type === "message").map(([, data]) => data);
      const missing = Array.from({ length: count }, (_, i) => "m" + (i + 1))
        .filter((data) => !heard.includes(data) && !unconfirmed.has(data));
      return { missing, twice: heard.length - new Set(heard).size, count, lost: told.some(([type]) => type === "lost") };
    })()`);
    expect(outcome).toEqual({ missing: [], twice: 0, count: 90, lost: true });
  });

  it("takes a certificate that is not trusted for a network that does not answer", async () => {
    const { gate } = await startSite();
    const server = createServer((_request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end("<!doctype html><title>page</title>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const context = await browser.newContext();
    const page = await openPage(context, `http://localhost:${portOf(server.address())}/`);
    const loss = await page.evaluate(`(async () => {
      open("wss://localhost:${gate.port}/chat");
      const { cause, status, code } = await next("lost");
      socket.close();
      return { cause, status, code };
    })()`);
    expect(loss).toEqual({ cause: "network", status: null, code: 1006 });
  });
});
