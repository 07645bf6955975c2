import { describe, expect, it } from "vitest";
import { adminRoutes } from "../../src/hosts/admin/admin-routes.ts";
import type { AdminGate } from "../../src/hosts/admin/admin-gate.ts";
import { topicRoles } from "../../src/hosts/dashboard/live-topics.ts";
import type { SessionPage } from "../../src/hosts/open-sessions.ts";
import type { SessionView } from "../../src/hosts/session-view.ts";
import { idleGate, openDashboard } from "./dashboard-fixture.ts";
import { openLive } from "./live-page.ts";

const session: SessionView = {
  session: "s1",
  route: "/chat",
  user: "ann",
  issuer: null,
  tenant: null,
  provider: "jwt",
  address: "203.0.113.7",
  host: "app.example.com",
  path: "/chat",
  origin: null,
  subprotocol: null,
  openedAt: "2026-11-30T10:00:00.000Z",
  expiresAt: null,
  refreshable: false,
  inbound: { messages: 1, bytes: 10 },
  outbound: { messages: 0, bytes: 0 },
  waitingBytes: 0,
  policy: "a",
  compression: null,
};

/** A gate with one session, which carries more each time it is looked at. */
function gateWith(page: () => SessionPage): { readonly gate: AdminGate; readonly asked: string[] } {
  const asked: string[] = [];
  const gate = idleGate({
    listSessions({ filter }) {
      asked.push(filter.session ?? "");
      return filter.session === "s1" ? page() : { sessions: [], matching: 0 };
    },
  });
  return { gate, asked };
}

const watch = (id: string): object => ({ type: "subscribe", topics: [], session: id });

describe("a connection that is watched on the dashboard's socket", () => {
  it("is told at once and each second until it has ended, to each page, is asked for once, and is recorded once", async () => {
    let messages = 0;
    let isOpen = true;
    const { gate, asked } = gateWith(() => {
      messages += 1;
      const inbound = { messages, bytes: 10 * messages };
      return isOpen ? { sessions: [{ ...session, inbound }], matching: 1 } : { sessions: [], matching: 0 };
    });
    const dashboard = await openDashboard({ gate });
    const [cookie, url] = [await dashboard.signIn("viewer"), dashboard.url];
    const pages = [await openLive({ url, cookie }), await openLive({ url, cookie })] as const;
    for (const page of pages) page.say(watch("s1"));
    for (const page of pages) {
      const first = await page.until("session");
      expect(first).toMatchObject({
        id: "s1",
        at: expect.any(Number),
        session: { user: "ann" },
        unanswered: [],
      });
      await page.until("session", ({ session: now }) => (now?.inbound.messages ?? 0) >= 3);
    }
    const told = pages.map((page) => page.told.filter(({ type }) => type === "session").length);
    // Twice for the two that came, and then once for both.
    expect(asked.length).toBeLessThan(told.reduce((sum, count) => sum + count, 0));
    isOpen = false;
    for (const page of pages) await page.until("session", ({ session: now }) => now === null);
    const after = asked.length;
    pages[0].say(watch("s2"));
    await pages[0].until("session", ({ id, session: now }) => id === "s2" && now === null);
    expect(asked.slice(after)).toEqual(["s2"]);
    const records = dashboard.records().filter(({ path }) => path.startsWith("/sessions/"));
    expect(records.map(({ name, role, method, path, status }) => [name, role, method, path, status])).toEqual(
      [
        ["viewer", "viewer", "GET", "/sessions/s1", 200],
        ["viewer", "viewer", "GET", "/sessions/s1", 200],
        ["viewer", "viewer", "GET", "/sessions/s2", 404],
      ],
    );
  });

  it("is looked for again where a node did not say whether it has it, and where asking failed", async () => {
    const answers: (() => SessionPage)[] = [
      () => ({ sessions: [], matching: 0, unanswered: ["b"] }),
      () => {
        throw new Error("no answer");
      },
      () => ({ sessions: [session], matching: 1 }),
    ];
    const { gate } = gateWith(() => (answers.shift() ?? (() => ({ sessions: [session], matching: 1 })))());
    const dashboard = await openDashboard({ gate });
    const page = await openLive({ url: dashboard.url, cookie: await dashboard.signIn("viewer") });
    page.say(watch("s1"));
    expect(await page.until("session")).toMatchObject({ session: null, unanswered: ["b"] });
    await page.until("session", ({ session: now }) => now !== null);
    expect(dashboard.events).toContainEqual(
      expect.objectContaining({ type: "gate", message: "a connection could not be looked at" }),
    );
  });

  it("is lost with the role, and watched anew by whoever comes back with what is left of it", async () => {
    const { gate } = gateWith(() => ({ sessions: [session], matching: 1 }));
    const dashboard = await openDashboard({ gate });
    const { url, config, admin, signIn, records } = dashboard;
    const cookie = await signIn("operator");
    const page = await openLive({ url, cookie });
    page.say(watch("s1"));
    await page.until("session");
    const tokens = config.tokens.map((token) => ({ ...token, role: "viewer" as const }));
    (await admin.prepare({ ...config, tokens }))();
    expect(await page.ended()).toBe(1012);
    const again = await openLive({ url, cookie });
    again.say(watch("s1"));
    await again.until("session");
    await expect
      .poll(() => records().flatMap(({ path, role }) => (path === "/sessions/s1" ? [role] : [])))
      .toEqual(["operator", "viewer"]);
  });

  it("is no other than one session's", async () => {
    const { url, signIn } = await openDashboard();
    const cookie = await signIn("viewer");
    for (const id of ["", "a/b", "x".repeat(129), "a\nb"]) {
      const page = await openLive({ url, cookie });
      page.say(watch(id));
      expect([id, await page.ended()]).toEqual([id, 1008]);
    }
  });
});

function roleOf(id: string): unknown {
  return adminRoutes("0").find((route) => route.id === id)?.role;
}

describe("topicRoles", () => {
  it("are those of the calls that tell the same", () => {
    expect(topicRoles).toEqual({
      samples: roleOf("showWatch"),
      events: roleOf("listIncidents"),
      session: roleOf("showSession"),
    });
  });
});

describe("the dashboard's socket, of a session that is over", () => {
  it("ends within a second, though nobody uses the session", async () => {
    let late = 0;
    const dashboard = await openDashboard({ now: () => performance.now() + late });
    const page = await openLive({ url: dashboard.url, cookie: await dashboard.signIn("admin") });
    await page.until("problems");
    late = 8 * 3_600_000;
    expect(await page.ended()).toBe(4540);
  });
});
