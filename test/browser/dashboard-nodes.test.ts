import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import { ensureDashboard } from "../../examples/shared/built-dashboard.ts";
import { type Gate, startGate, untilReady } from "../../examples/shared/gate.ts";
import { freePort } from "../../examples/shared/loopback.ts";
import { type RedisServer, startRedisServer } from "../../packages/sallyport/test/redis/redis-server.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";
import { appOrigin, callersJwt, callersSecret, proofOf } from "./dashboard-callers.ts";

/** On a machine that does much else at the time. */
const withinMs = 120_000;

interface Ports {
  readonly gate: number;
  readonly admin: number;
}

/** One of the nodes. */
interface Node extends Ports {
  readonly running: Gate;
}

function configOf(own: Ports, shared: { readonly redis: number; readonly application: number }): string {
  return JSON.stringify({
    version: 1,
    listen: [{ address: `127.0.0.1:${own.gate}`, tls: "off" }],
    admin: {
      address: `127.0.0.1:${own.admin}`,
      tokens: [{ name: "operator", role: "operator", tokenFile: "operator.token" }],
    },
    // A node that stands still is not forgotten meanwhile.
    state: { redis: { url: `redis://127.0.0.1:${shared.redis}`, lease: "30s" } },
    routes: [
      {
        path: "/chat",
        upstream: `ws://127.0.0.1:${shared.application}`,
        origin: { allow: [appOrigin] },
        identity: { jwt: callersJwt },
        heartbeat: "off",
      },
    ],
  });
}

async function startApplication(): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) => socket.on("error", () => socket.terminate()));
  await once(server, "listening");
  return server;
}

async function connect(node: Node, user: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${node.gate}/chat`, {
    origin: appOrigin,
    headers: { Authorization: `Bearer ${await proofOf(user)}` },
  });
  socket.on("error", () => socket.terminate());
  await once(socket, "open");
  return socket;
}

describe.runIf(runsBrowserTests)(
  "the dashboard of one of two nodes that share their state, in Chromium (name its path in CHROMIUM)",
  { timeout: withinMs },
  () => {
    let directory = "";
    let redis: RedisServer;
    let application: WebSocketServer;
    let here: Node;
    let there: Node;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      await ensureDashboard();
      directory = await mkdtemp(join(tmpdir(), "sallyport-nodes-"));
      [redis, application, browser] = await Promise.all([
        startRedisServer(),
        startApplication(),
        launchChromium(),
      ]);
      // A server that listens at a port has an address, and no path.
      // eslint-disable-next-line typescript/no-unsafe-type-assertion
      const shared = { redis: redis.port, application: (application.address() as AddressInfo).port };
      const start = async (name: string): Promise<Node> => {
        const own = { gate: await freePort(0), admin: await freePort(0) };
        await mkdir(join(directory, name));
        await writeFile(join(directory, name, "jwt.secret"), callersSecret, { mode: 0o600 });
        const file = join(directory, name, "sallyport.yaml");
        await writeFile(file, configOf(own, shared));
        return { ...own, running: await startGate(file, { onLine: () => {} }) };
      };
      here = await start("here");
      there = await start("there");
      // An engine that has only begun is relied on some seconds later.
      for (const node of [here, there]) await untilReady(`http://127.0.0.1:${node.admin}`);
      await connect(here, "ann");
      await connect(there, "ben");
      const context = await browser.newContext({ reducedMotion: "reduce" });
      context.setDefaultTimeout(withinMs / 2);
      page = await context.newPage();
      await page.goto(`http://127.0.0.1:${here.admin}/dashboard/`);
      await page.getByLabel("Admin token").waitFor();
      const token = await readFile(join(directory, "here", "operator.token"), "utf8");
      await page.getByLabel("Admin token").fill(token.trim());
      await page.keyboard.press("Enter");
    }, withinMs);

    afterAll(async () => {
      await browser?.close();
      there?.running.process.kill("SIGCONT");
      await Promise.all([here?.running.stop(), there?.running.stop()]);
      for (const client of application?.clients ?? []) client.terminate();
      application?.close();
      await redis?.stop();
      await rm(directory, { recursive: true, force: true });
    }, withinMs);

    const grid = () => page.getByRole("grid", { name: "Open connections" });
    const other = (): string => `:${there.running.process.pid}`;

    it("leads from a node to who is connected there, and says so of one", async () => {
      const panel = page.getByRole("region", { name: "Shared state" });
      await panel.getByRole("link", { name: other() }).click();
      await grid().getByText("ben", { exact: true }).waitFor();
      expect(await grid().getAttribute("aria-rowcount")).toBe("2");
      expect(await page.getByLabel("Node").inputValue()).toContain(other());
      await grid().getByText("ben", { exact: true }).click();
      await page.getByRole("definition").filter({ hasText: other() }).waitFor();
      expect(
        await page
          .getByRole("term")
          .filter({ hasText: /^Node$/ })
          .count(),
      ).toBe(1);
      await page.getByRole("link", { name: "All connections" }).click();
      await page.getByLabel("Node").selectOption("");
      await grid().getByText("ann", { exact: true }).waitFor();
      expect(await grid().getAttribute("aria-rowcount")).toBe("3");
      await grid().getByRole("columnheader", { name: "Node" }).waitFor();
      await grid().getByRole("gridcell", { name: other() }).waitFor();
    });

    it("shows at which node somebody connects, while they do", async () => {
      await connect(here, "zoe");
      const row = grid().getByRole("row").filter({ hasText: "zoe" });
      await row.waitFor();
      expect(await row.innerText()).toContain(`:${here.running.process.pid}`);
    });

    it("says which node gave no answer, until it does", async () => {
      there.running.process.kill("SIGSTOP");
      await page.getByRole("button", { name: "Load again" }).click();
      const problem = page.getByText("No answer from");
      await problem.waitFor();
      expect(await problem.innerText()).toContain(other());
      expect(await grid().getByText("ben", { exact: true }).count()).toBe(0);
      there.running.process.kill("SIGCONT");
      await page.getByRole("button", { name: "Load again" }).click();
      await grid().getByText("ben", { exact: true }).waitFor();
      await expect.poll(() => problem.count()).toBe(0);
    });
  },
);
