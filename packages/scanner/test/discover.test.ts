import { describe, expect, it, onTestFinished } from "vitest";
import type { Discovery } from "../src/discover/discover-endpoints.ts";
import type { Report } from "../src/report.ts";
import { runMain } from "./run-main.ts";
import type { SpecimenServer } from "./specimen.ts";
import { startShop } from "./start-shop.ts";
import { startWs, type WsSetup } from "./start-ws.ts";

const QUICK = ["--only", "accepts-foreign-origin", "--patience", "150", "--rate", "1000", "--format", "json"];

async function start(setup: WsSetup): Promise<SpecimenServer> {
  const server = await startWs(setup);
  onTestFinished(() => server.close());
  return { ...server, url: server.url.replace("ws:", "http:") };
}

async function discover(
  url: string,
): Promise<{ readonly scanned: string[]; readonly discovery?: Discovery }> {
  const { code, out, err } = await runMain("--discover-only", "--rate", "1000", "--format", "json", url);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out);
}

const page =
  (body: string): NonNullable<WsSetup["onRequest"]> =>
  (request, response) => {
    if (request.url !== "/") return response.writeHead(404).end();
    return response.writeHead(200, { "Content-Type": "text/html" }).end(body);
  };
const only =
  (path: string, status = 404): NonNullable<WsSetup["refuse"]> =>
  ({ url }) =>
    url === path ? null : status;

describe("sallyport-scan of a page", () => {
  it("finds what its scripts name, and scans each in one report", async () => {
    const shop = await startShop(
      [
        { path: "/orders", cookie: null },
        { path: "/chat", cookie: null, isGuarded: true },
      ],
      "/assets/app.js",
    );
    onTestFinished(() => shop.close());
    const { code, out } = await runMain(...QUICK, shop.url);
    const report: Report = JSON.parse(out);
    expect(code).toBe(1);
    expect(report).toMatchObject({ target: shop.url, connections: expect.any(Number), endedEarly: null });
    expect(report.discovery?.endpoints).toEqual([
      {
        url: `ws://localhost:${shop.port}/orders`,
        how: "the page's host and a path in /assets/app.js",
        dialect: null,
        answer: "accepted",
        isScanned: true,
      },
      expect.objectContaining({ url: `ws://localhost:${shop.port}/chat`, isScanned: true }),
    ]);
    expect(report.endpoints?.map(({ control }) => control.isUsable)).toEqual([true, true]);
    expect(report.findings.map(({ endpoint }) => endpoint)).toEqual([`ws://localhost:${shop.port}/orders`]);
    expect(report.passed.map(({ endpoint }) => endpoint)).toEqual([`ws://localhost:${shop.port}/chat`]);
  });

  it("finds what answers at a usual path, or refuses as only what speaks WebSocket does", async () => {
    const { url } = await start({ refuse: only("/graphql"), onRequest: page("<title>x</title>") });
    expect((await discover(url)).discovery?.endpoints).toEqual([
      expect.objectContaining({
        how: "a usual path",
        dialect: "GraphQL",
        answer: "accepted",
        isScanned: true,
      }),
    ]);
    const refusing = await start({ refuse: (request) => (request.url === "/ws" ? 401 : 404) });
    expect((await discover(refusing.url)).discovery?.endpoints).toEqual([
      expect.objectContaining({ answer: "refused with 401", isScanned: true }),
    ]);
  });

  it("takes a server that admits any path, or refuses every one, to have what is named alone", async () => {
    const { url } = await start({ onRequest: page('<script>new WebSocket("/live")</script>') });
    expect((await discover(url)).scanned).toEqual([`${url.replace("http", "ws")}live`]);
    const closed = await start({ refuse: () => 401, onRequest: page("<title>x</title>") });
    expect((await discover(closed.url)).scanned).toEqual([closed.url.replace("http", "ws")]);
  });

  it("scans the URL itself, as ever, where it is an endpoint and its page names none", async () => {
    const { url } = await start({ onRequest: page("<title>x</title>") });
    const { out } = await runMain(...QUICK, url);
    const report: Report = JSON.parse(out);
    expect(report).toMatchObject({ target: url.replace("http", "ws"), control: { isUsable: true } });
    expect(report.discovery).toBeUndefined();
    expect(report.findings).toHaveLength(1);
  });

  it("lists what is on somebody else's host, and asks nothing there", async () => {
    const { url } = await start({
      refuse: () => 404,
      onRequest: page('<script>new WebSocket("wss://push.example.com/app")</script>'),
    });
    expect((await discover(url)).discovery?.endpoints).toEqual([
      {
        url: "wss://push.example.com/app",
        how: "a literal in the page",
        dialect: null,
        answer: "not asked: it is somebody else's host",
        isScanned: false,
      },
    ]);
  });

  it("survives pages that lead elsewhere, are not there, or never end", async () => {
    const away = await start({
      refuse: () => 404,
      onRequest: (_, response) => response.writeHead(302, { Location: "https://other.example/" }).end(),
    });
    expect((await discover(away.url)).scanned).toHaveLength(1);
    const hostile = await start({
      refuse: () => 404,
      onRequest: page(`${"<script ".repeat(60_000)}${"<link rel=modulepreload ".repeat(20_000)}`),
    });
    expect((await discover(hostile.url)).scanned).toHaveLength(1);
    const endless = await start({
      refuse: () => 404,
      onRequest(_, response) {
        response.writeHead(200, { "Content-Type": "text/html" });
        const more = (): void => {
          while (response.write("<p>".repeat(20_000)));
          response.once("drain", more);
        };
        more();
      },
    });
    expect((await discover(endless.url)).scanned).toHaveLength(1);
  });

  it("writes the list as text, and in no other format", async () => {
    const { url } = await start({ refuse: only("/ws") });
    const { out } = await runMain("--discover-only", "--rate", "1000", url);
    expect(out).toContain("/ws: a usual path; accepted");
    expect((await runMain("--discover-only", "--format", "sarif", url)).code).toBe(2);
  });
});
