import { createServer } from "node:http";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { portOf, startGateway, type TestGateway } from "../../packages/sallyport/test/gateway/harness.ts";
import {
  startSessionApplication,
  type SessionApplication,
} from "../../packages/sallyport/test/hosts/session-application.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

interface Site {
  readonly application: SessionApplication;
  readonly gate: TestGateway;
  /** A page of the site whose visitor has signed in. */
  readonly page: Page;
}

/** A page of another site: to a browser, 127.0.0.1 is not localhost. */
async function startForeignPage(): Promise<string> {
  const server = createServer((_incoming, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end("<!doctype html><title>foreign</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${portOf(server.address())}`;
}

/** A page of the same site, at another port: `SameSite` is no help against it. Answers its origin. */
async function startSibling(): Promise<string> {
  const upstream = (await startForeignPage()).replace("http:", "ws:");
  const gate = await startGateway({ upstream, listen: { tls: "development" }, route: { http: "forward" } });
  return `https://localhost:${gate.port}`;
}

/** What a page that connects hears: its own words, or the code of the close. */
const talk = async (page: Page, { gate }: Site, protocols: readonly string[] = []): Promise<unknown> =>
  await page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket("wss://localhost:${gate.port}/chat", ${JSON.stringify(protocols)});
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => { resolve(data); socket.close(1000); };
    socket.onclose = ({ code }) => resolve(code);
  })`);

/** What a page that asks for a ticket gets: the ticket, the status, or why it may not even read that. */
const askForTicket = async (page: Page, { gate }: Site): Promise<string> =>
  String(
    await page.evaluate(`fetch("https://localhost:${gate.port}/.sallyport/ticket", {
      method: "POST",
      credentials: "include",
      headers: { "Content-Type": "application/json", "Sallyport-Request": "1" },
      body: JSON.stringify({ route: "/chat" }),
    }).then(async (answer) => answer.ok ? (await answer.json()).ticket : answer.status, (error) => error.name)`),
  );

const codes = ({ gate }: Site): string[] =>
  gate.events.flatMap((event) => (event.type === "handshake" ? [event.code] : []));

describe.runIf(runsBrowserTests)("an application's session, in Chromium (name its path in CHROMIUM)", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  async function startSite(
    sameSite: "lax" | "none",
    chat: Readonly<Record<string, unknown>> = {},
  ): Promise<Site> {
    const application = await startSessionApplication({ sameSite, secure: true });
    const upstream = `ws://127.0.0.1:${application.port}`;
    const identity = { session: { url: application.sessionUrl, cookie: "sid", recheck: "200ms" } };
    const gate = await startGateway({
      listen: { tls: "development" },
      routes: [
        { path: "/chat", upstream, identity, ...chat },
        { path: "/", upstream, identity: "anonymous", http: "forward" },
      ],
    });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    onTestFinished(async () => await context.close());
    const page = await context.newPage();
    await page.goto(`https://localhost:${gate.port}/`);
    await page.evaluate(`fetch("/sign-in?user=ada", { method: "POST" })`);
    return { application, gate, page };
  }

  it("opens the connection of its own page, and closes it when the visitor signs out", async () => {
    const site = await startSite("lax");
    expect(await talk(site.page, site)).toBe("hello");
    expect(await site.gate.seen("open")).toMatchObject({ user: "ada" });
    const code = await site.page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket("wss://localhost:${site.gate.port}/chat");
      socket.onopen = () => fetch("/sign-out", { method: "POST" });
      socket.onclose = ({ code }) => resolve(code);
    })`);
    expect(code).toBe(4540);
  });

  it("with `ticket: require`, opens it by a ticket that its page fetched, and not by the cookie alone", async () => {
    const site = await startSite("lax", { ticket: "require" });
    expect(await talk(site.page, site)).toBe(1006);
    expect(codes(site)).toEqual(["ticket.required"]);
    const ticket = await askForTicket(site.page, site);
    const protocols = [`sallyport.ticket.${ticket}`, "sallyport.v1"];
    expect(await talk(site.page, site, protocols)).toBe("hello");
    expect(await talk(site.page, site, protocols)).toBe(1006);
  });

  it.each(["lax", "none"] as const)(
    "opens nothing for a foreign page, with a cookie that is SameSite=%s (CWE-1385)",
    async (sameSite) => {
      const site = await startSite(sameSite);
      await site.page.goto(await startForeignPage());
      expect(await talk(site.page, site)).toBe(1006);
      expect(await askForTicket(site.page, site)).toBe("TypeError");
      expect(new Set(codes(site))).toEqual(new Set(["origin.foreign"]));
      expect(site.gate.events.filter(({ type }) => type === "open")).toEqual([]);
      // Refused for its origin: whose session it is was never asked.
      expect(site.application.asked).toEqual([]);
    },
  );

  it("gets no cookie that is SameSite=Lax from a foreign page, whose origin is allowed (RFC 6265bis 5.2)", async () => {
    const foreign = await startForeignPage();
    const site = await startSite("lax", { origin: { allow: [foreign] } });
    await site.page.goto(foreign);
    expect(await talk(site.page, site)).toBe(1006);
    expect(codes(site)).toEqual(["identity.missing"]);
  });

  it("gets it from a page of the same site and another origin, which is why the origin decides", async () => {
    const sibling = await startSibling();
    const open = await startSite("lax", { origin: { allow: [sibling] } });
    await open.page.goto(sibling);
    expect(await talk(open.page, open)).toBe("hello");
    const site = await startSite("lax");
    await site.page.goto(sibling);
    expect(await talk(site.page, site)).toBe(1006);
    expect(codes(site)).toEqual(["origin.foreign"]);
  });
});
