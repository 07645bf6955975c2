/**
 * `npm run dashboard:list [-- CONNECTIONS]`: the dashboard's list of 50,000 connections, scrolled through by wheel and by keyboard and put in another
 * order, while 100 connections come and 100 go each second: its longest frame, and what a key costs. The sessions are synthetic; what lists, filters and sorts them is the
 * gate's own code, and its admin address is in this process. Measured, not tested: needs a Chromium and a quiet machine.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { buildDashboard } from "../examples/shared/built-dashboard.ts";
import { openAdmin } from "../packages/sallyport/src/hosts/admin.ts";
import type { AdminGate } from "../packages/sallyport/src/hosts/admin/admin-gate.ts";
import type { TakeBatch } from "../packages/sallyport/src/hosts/dashboard/event-tap.ts";
import { noTotals } from "../packages/sallyport/src/hosts/dashboard/gate-totals.ts";
import type { SeenEvent } from "../packages/sallyport/src/hosts/dashboard/live-message.ts";
import type { Gate, OpenSession } from "../packages/sallyport/src/hosts/gate.ts";
import { listSessions } from "../packages/sallyport/src/hosts/open-sessions.ts";
import { nothingDone } from "../packages/sallyport/src/hosts/watch-order.ts";
import { createMemoryState } from "../packages/sallyport/src/state/memory-state.ts";
import { emptyDesk } from "../packages/sallyport/test/empty-desk.ts";
import { launchChromium } from "../test/browser/chromium.ts";
import {
  countWork,
  describeFrames,
  describeWork,
  framesOf,
  watchFrames,
  workBetween,
} from "./page-frames.ts";

const COME_AND_GO = 100;
const lane = { messages: 0, bytes: 0 };

/** Connections that come and go, as the gate's list sees them. */
class SyntheticSessions {
  readonly open = new Map<string, OpenSession>();
  #made = 0;

  constructor(count: number) {
    while (this.open.size < count) this.#add();
  }

  /** Some open, and the oldest close. */
  change(): readonly SeenEvent[] {
    const events: SeenEvent[] = [];
    for (const [session] of [...this.open].slice(0, COME_AND_GO)) {
      this.open.delete(session);
      const about = { at: Date.now(), session, route: "/chat", address: "", user: null, durationMs: 1 };
      events.push({
        ...about,
        type: "closed",
        closeCode: 1000,
        closedBy: "client",
        inbound: lane,
        outbound: lane,
      });
    }
    for (let count = 0; count < COME_AND_GO; count += 1) {
      const { session, user, address } = this.#add();
      const about = { at: Date.now(), session, user, address, route: "/chat", path: "/chat" };
      events.push({ ...about, type: "open", origin: null, subprotocol: null });
    }
    return events;
  }

  #add(): { readonly session: string; readonly user: string; readonly address: string } {
    this.#made += 1;
    const made = this.#made;
    const session = `s${made.toString(36).padStart(12, "0")}`;
    const user = `user-${(made * 7919) % 100_003}`;
    const address = `10.${made % 256}.${(made >> 8) % 256}.${(made >> 16) % 256}`;
    const bytes = (made * 31) % 1_000_000;
    const counts = (): object => ({ inbound: { messages: made % 900, bytes }, outbound: lane });
    const identity = { user, issuer: null, tenant: null, provider: "jwt", expiresAt: null };
    const request = { host: "app.example.com", path: "/chat", origin: null, subprotocol: null };
    const open = {
      route: "/chat",
      under: { version: "a" },
      next: null,
      compression: null,
      driver: { session: { counts }, waitingBytes: () => 0 },
      facts: { session, address, identity, request, refreshable: false, wallNow: Date.now() },
    };
    // Of a session the list asks for nothing more.
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    this.open.set(session, open as unknown as OpenSession);
    return { session, user, address };
  }
}

function gateOf(sessions: SyntheticSessions): AdminGate {
  // The list asks a gate for its sessions alone.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const gate = { sessions: sessions.open } as unknown as Gate;
  const lookAtEvents = (take: TakeBatch): (() => void) => {
    const timer = setInterval(() => take({ events: sessions.change(), left: 0 }), 1000);
    return () => clearInterval(timer);
  };
  return {
    ...createMemoryState(),
    desk: emptyDesk,
    live: { totals: () => noTotals, lookAtEvents, reloadProblem: () => null },
    metricsText: async () => ({ contentType: "text/plain", body: "" }),
    engine: () => null,
    findIncident: () => null,
    listIncidents: () => [],
    demandRefresh: async () => nothingDone,
    closeBanned: () => 0,
    problems: () => [],
    watch: {
      warnings: () => [],
      status: () => ({ mode: "off", detectors: [], warnings: [] }),
      list: () => ({ findings: [], kept: 0, next: null }),
      undo: async () => null,
    },
    connections: () => sessions.open.size,
    listSessions: (query) => listSessions(gate, query),
    closeSessions: async () => ({ count: 0, unanswered: [] }),
    policy: () => null,
    reload: async () => ({ ok: false, problems: [] }),
    drain: () => {},
  };
}

await buildDashboard();
const { positionals } = parseArgs({ allowPositionals: true });
const count = Number(positionals[0] ?? 50_000);
const directory = await mkdtemp(join(tmpdir(), "sallyport-list-"));
const tokenFile = join(directory, "admin.token");
const admin = await openAdmin({
  config: { host: "127.0.0.1", port: 0, tokenFile, tokens: [], url: null, oidc: null },
  gate: gateOf(new SyntheticSessions(count)),
  emit: (event) => {
    if (event.type === "gate") console.error(event);
  },
  version: "0",
});
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(`${admin.url}/dashboard/#/connections`);
  await page.getByLabel("Admin token").fill((await readFile(tokenFile, "utf8")).trim());
  await page.keyboard.press("Enter");
  const grid = page.getByRole("grid", { name: "Open connections" });
  await grid.getByText("user-", { exact: false }).first().waitFor();
  await page.waitForTimeout(2000);
  await grid.hover();
  const measure = async (what: string, act: () => Promise<unknown>): Promise<void> => {
    await watchFrames(page);
    const begun = performance.now();
    await act();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`${what}: ${seconds} s, ${describeFrames(await framesOf(page))}`);
  };
  const place = (): Promise<number> => grid.evaluate((element) => element.scrollTop + element.clientHeight);
  const height = (): Promise<number> => grid.evaluate((element) => element.scrollHeight);
  const nothingIsMissing = (): Promise<void> =>
    grid.getByText("…", { exact: true }).first().waitFor({ state: "detached" });
  await measure(`${count} connections, to the end by wheel`, async () => {
    while ((await place()) < (await height()) - 1) await page.mouse.wheel(0, 4000);
    await nothingIsMissing();
  });
  const work = await countWork(page);
  const idle = await work();
  const idleBegun = performance.now();
  await measure("ten seconds in which nothing is done", () => page.waitForTimeout(10_000));
  const idleEnded = await work();
  const idleMs = performance.now() - idleBegun;
  console.log(`  ${describeWork(workBetween(idle, idleEnded), idleMs / 1000)} in a second`);
  // What comes in meanwhile is not the key's.
  const press = async (what: string, keys: readonly string[]): Promise<void> => {
    await grid.focus();
    const [before, begun] = [await work(), performance.now()];
    await measure(what, async () => {
      for (const key of keys) await page.keyboard.press(key);
    });
    const all = workBetween(before, await work());
    const own = workBetween(idle, idleEnded, (performance.now() - begun) / idleMs);
    console.log(`  ${describeWork(workBetween(own, all), keys.length)} for a key`);
  };
  await press("to the beginning and the end", ["Home", "End", "Home", "End"]);
  await press("up by pages", Array<string>(200).fill("PageUp"));
  await press("up by rows", Array<string>(200).fill("ArrowUp"));
  await measure("in the order of names, and to its end at once", async () => {
    await page.getByRole("button", { name: "User" }).click();
    await page.waitForTimeout(1000);
    await grid.focus();
    await page.keyboard.press("End");
    await page.waitForTimeout(500);
    await nothingIsMissing();
  });
} finally {
  await browser.close();
  admin.close();
  await rm(directory, { recursive: true });
}
