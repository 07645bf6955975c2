import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noTotals } from "../../src/hosts/dashboard/gate-totals.ts";
import { startWatched } from "../cli/watched-gate.ts";
import { connectRaw, openRaw, op, upgradeRequest } from "../gateway/raw-client.ts";
import { gateOf, idleGate, openDashboard, TOKENS } from "./dashboard-fixture.ts";
import { openLive, refusedLive } from "./live-page.ts";

describe("the dashboard's socket", () => {
  it("tells who it is, how the gate is, what it carries and what it refuses", async () => {
    const watched = await startWatched({});
    const dashboard = await openDashboard({ gate: gateOf(watched) });
    const { url } = dashboard;
    const peer = await openRaw(watched.port, { target: "/chat", lines: [`Origin: ${watched.url}`] });
    const page = await openLive({ url, cookie: await dashboard.signIn("viewer") });
    expect(await page.until("hello")).toMatchObject({
      version: "1.2.3",
      intervalMs: 1000,
      gate: expect.any(String),
    });
    expect(await page.until("problems")).toEqual({ type: "problems", problems: [] });
    page.subscribe("samples", "events");
    await page.until("history");
    await peer.frame(op.text, "hello").readFrame();
    const stranger = await connectRaw(watched.port);
    await stranger.send(upgradeRequest({ target: "/chat", lines: ["Origin: https://evil.example"] })).head();
    const { events, left } = await page.until("events", (batch) =>
      batch.events.some(({ type }) => type === "handshake"),
    );
    expect(left).toBe(0);
    expect(events.find(({ type }) => type === "handshake")).toMatchObject({
      at: expect.any(Number),
      guard: "origin",
      verdict: "refuse",
      origin: "https://evil.example",
    });
    const carrying = await page.until("sample", ({ perRoute }) => (perRoute["/chat"]?.messagesIn ?? 0) > 0);
    expect(carrying).toMatchObject({ connections: 1, perRoute: { "/chat": { connections: 1 } } });
    expect(carrying.perRoute["/chat"]?.bytesIn).toBeGreaterThanOrEqual(
      carrying.perRoute["/chat"]?.messagesIn ?? 0,
    );
    expect(carrying.memory).toBeGreaterThan(1_000_000);
    await page.until("sample", ({ refusals }) => (refusals["origin"] ?? 0) > 0);
    page.socket.close();
    await page.ended();
    // Who comes and goes at the dashboard is no event of the gate's.
    expect(dashboard.events.filter(({ type }) => type !== "admin")).toEqual([]);
  });

  it("costs nothing while nobody looks: no event is asked for, and nothing counted each second", async () => {
    const [asked, looked] = [{ totals: 0 }, { now: 0 }];
    const gate = idleGate({
      live: {
        totals: () => ((asked.totals += 1), noTotals),
        lookAtEvents() {
          looked.now += 1;
          return () => void (looked.now -= 1);
        },
        reloadProblem: () => null,
      },
    });
    const dashboard = await openDashboard({ gate });
    const page = await openLive({ url: dashboard.url, cookie: await dashboard.signIn("viewer") });
    await page.until("problems");
    expect([asked.totals, looked.now]).toEqual([1, 0]);
    page.subscribe("events");
    await expect.poll(() => looked.now).toBe(1);
    page.subscribe();
    await expect.poll(() => looked.now).toBe(0);
    page.subscribe("events");
    await expect.poll(() => looked.now).toBe(1);
    page.socket.terminate();
    await expect.poll(() => looked.now).toBe(0);
    expect(asked.totals).toBe(1);
  });

  it("says what is not well, and when that has changed", async () => {
    const problems: string[] = ["starting"];
    const state = { reload: null as string | null, version: "a" };
    const gate = idleGate({
      problems: () => problems,
      policy: () => ({ version: state.version, listeners: [], routes: [] }),
      live: { totals: () => noTotals, lookAtEvents: () => () => {}, reloadProblem: () => state.reload },
    });
    const dashboard = await openDashboard({ gate });
    const page = await openLive({ url: dashboard.url, cookie: await dashboard.signIn("viewer") });
    expect((await page.until("problems")).problems).toEqual(["starting"]);
    problems.pop();
    state.reload = "routes: expected a list";
    state.version = "b";
    await page.until(
      "problems",
      ({ problems: now }) => now.length === 1 && now[0]?.includes("expected a list") === true,
    );
    await page.until("hello", ({ policyVersion }) => policyVersion === "b");
  });

  it("is open to its own page with a session alone: cross-site WebSocket hijacking (CWE-1385), DNS rebinding", async () => {
    const { url, host, signIn, asPage, events } = await openDashboard();
    const cookie = await signIn("admin");
    expect(await refusedLive({ url, cookie })).toBe(101);
    expect(await refusedLive({ url })).toBe(401);
    expect(await refusedLive({ url, cookie: `__Host-sallyport=${"A".repeat(43)}` })).toBe(401);
    for (const origin of ["https://evil.example", "null", url.replace("http:", "https:"), `${url}0`])
      expect([origin, await refusedLive({ url, cookie, origin })]).toEqual([origin, 403]);
    expect(await refusedLive({ url, cookie, origin: null })).toBe(403);
    const rebound = "evil.example:9090";
    expect(
      await refusedLive({ url, cookie, host: rebound, origin: `http://${rebound}` }),
    ).toBeGreaterThanOrEqual(403);
    expect((await asPage("GET /dashboard/live", { cookie })).status).toBe(426);
    await asPage("DELETE /dashboard/session", { cookie });
    expect(await refusedLive({ url, cookie })).toBe(401);
    expect(events.filter(({ type }) => type === "handshake").length).toBeGreaterThanOrEqual(8);
    expect(JSON.stringify(events)).not.toContain(cookie.split("=")[1]);
    expect(host).toContain("127.0.0.1");
  });

  it("ends with the session, and with the role that its token has lost, at once", async () => {
    const dashboard = await openDashboard();
    const { url, signIn, asPage, admin, config, directory } = dashboard;
    const [gone, out, less, same] = [
      await signIn("viewer"),
      await signIn("admin"),
      await signIn("operator"),
      await signIn("investigator"),
    ];
    const open = async (cookie: string): ReturnType<typeof openLive> => {
      const page = await openLive({ url, cookie });
      await page.until("hello");
      return page;
    };
    const pages = [await open(gone), await open(out), await open(less), await open(same)] as const;
    await asPage("DELETE /dashboard/session", { cookie: out });
    expect(await pages[1].ended()).toBe(4540);
    await writeFile(join(directory, "viewer.token"), `${"w".repeat(32)}\n`);
    const tokens = config.tokens.map((token) =>
      token.name === "operator" ? { ...token, role: "viewer" as const } : token,
    );
    (await admin.prepare({ ...config, tokens }))();
    expect(await pages[0].ended()).toBe(4540);
    expect(await pages[2].ended()).toBe(1012);
    expect(await refusedLive({ url, cookie: gone })).toBe(401);
    await (await open(less)).until("problems");
    expect(pages[3].socket.readyState).toBe(1);
    // Signing in anew ends what was before, with its socket.
    await asPage("POST /dashboard/session", { body: { token: TOKENS.admin }, cookie: same });
    expect(await pages[3].ended()).toBe(4540);
  });

  it("takes a few words from a page and no more, and a few pages of one name", async () => {
    const { url, signIn } = await openDashboard();
    const cookie = await signIn("viewer");
    for (const [message, code] of [
      [{ type: "subscribe", topics: ["everything"] }, 1008],
      [{ type: "subscribe", topics: ["events"], more: 1 }, 1008],
      ["subscribe", 1008],
      [{ type: "subscribe", topics: ["x".repeat(2000)] }, 1009],
    ] as const) {
      const page = await openLive({ url, cookie });
      page.say(message);
      expect([message, await page.ended()]).toEqual([message, code]);
    }
    const binary = await openLive({ url, cookie });
    binary.socket.send(Buffer.from("{}"));
    expect(await binary.ended()).toBe(1003);
    const statuses: number[] = [];
    for (let count = 0; count < 21; count++) statuses.push(await refusedLive({ url, cookie }));
    expect(statuses).toEqual([...Array<number>(20).fill(101), 429]);
  });
});
