import { Buffer } from "node:buffer";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { GateDesk } from "../../src/cli/desk/gate-desk.ts";
import { LocalGate } from "../../src/cli/local-gate.ts";
import type { SallyportEvent } from "../../src/events.ts";
import { openAdmin, type Admin } from "../../src/hosts/admin.ts";
import type { AdminGate } from "../../src/hosts/admin/admin-gate.ts";
import type {
  ConversationPage,
  JournalPage,
  JournalStatus,
  VerificationState,
} from "../../src/hosts/dashboard/journal-message.ts";
import type { BackTestState, ObservedRefusals } from "../../src/hosts/dashboard/policy-message.ts";
import type { Config } from "../../src/policy/effective-config.ts";
import { loadConfig } from "../../src/policy/load-config.ts";
import { createMemoryState } from "../../src/state/memory-state.ts";
import { hostileTexts } from "../hostile-texts.ts";
import { RecordedJournal } from "../recorded-journal.ts";

const chat = {
  path: "/chat",
  upstream: "ws://127.0.0.1:3000",
  origin: { allow: ["https://app.example.com"] },
  identity: {
    jwt: { issuer: "https://id.example.com", audience: "chat", jwks: "https://id.example.com/jwks.json" },
  },
};
const ROLES = ["viewer", "operator", "investigator", "admin"] as const;
type Role = (typeof ROLES)[number];
/** A thread begins late on a busy machine. */
const patience = { timeout: 50_000 };
const SECRET = "the plan is blue";

let journal: RecordedJournal;
let admin: Admin;
let desk: GateDesk;
let config: Config | null = null;
const told: SallyportEvent[] = [];
const tokens = new Map<Role, string>();

beforeAll(async () => {
  journal = await RecordedJournal.create(chat);
  writeTraffic();
  await journal.flush();
  const loaded = await loadConfig(join(journal.directory, "sallyport.yaml"));
  if (!loaded.ok) throw new Error("the configuration is wrong");
  ({ config } = loaded);
  desk = deskOf(loaded.config);
  admin = await openFor(desk);
  for (const role of ROLES)
    tokens.set(role, (await readFile(join(journal.directory, `${role}.token`), "utf8")).trim());
});

afterAll(async () => {
  desk.close();
  admin.close();
  await journal[Symbol.asyncDispose]();
});

function deskOf(inForce: Config): GateDesk {
  return new GateDesk({ config: () => inForce, directory: journal.directory, observed: () => null });
}

async function openFor(of: GateDesk): Promise<Admin> {
  const state = createMemoryState();
  const gate = new LocalGate({ version: "0", local: state, log: () => {} });
  const rest: Omit<AdminGate, "desk"> = {
    ...state,
    watch: gate.watch,
    live: { totals: () => gate.totals(), lookAtEvents: () => () => {}, reloadProblem: () => null },
    metricsText: () => gate.metricsText(),
    engine: () => null,
    findIncident: () => null,
    listIncidents: () => [],
    demandRefresh: async () => ({ reached: 0, closed: 0, unable: 0 }),
    closeBanned: () => 0,
    problems: () => [],
    connections: () => 0,
    listSessions: () => ({ sessions: [], matching: 0 }),
    closeSessions: async () => ({ count: 0, unanswered: [] }),
    policy: () => null,
    reload: () => Promise.reject(new Error("not here")),
    drain: () => {},
  };
  return await openAdmin({
    config: {
      host: "127.0.0.1",
      port: 0,
      url: null,
      oidc: null,
      tokenFile: null,
      tokens: ROLES.map((role) => ({
        name: `${role}-1`,
        role,
        tokenFile: join(journal.directory, `${role}.token`),
      })),
    },
    version: "0",
    emit: (event) => void told.push(event),
    gate: { ...rest, desk: of },
  });
}

/** Two sessions, a handshake that was refused, and what a guard that observes found. */
function writeTraffic(): void {
  journal.open("s1");
  journal.message("s1", 1, '{"type":"join","room":"blue"}');
  journal.message("s1", 2, SECRET, { direction: "outbound" });
  journal.message("s1", 3, "card ****", {
    direction: "outbound",
    verdict: "replace",
    code: "leak.redacted",
    payload: { kind: "redacted", bytes: Buffer.from("card ****") },
  });
  journal.event(4, decision("s1", "observe"));
  journal.event(5, decision("s1", "observe"));
  journal.closed("s1", 6);
  journal.refused(7, { incident: "inc-1" });
  journal.open("s2", 8, { user: hostileTexts[0] ?? "" });
  for (const [at, text] of hostileTexts.entries()) journal.message("s2", 9 + at, text);
  journal.message("s2", 200, "x".repeat(1024 * 1024));
}

function decision(session: string, verdict: "observe" | "close"): SallyportEvent {
  const who = { session, route: "/chat", address: "192.0.2.1", user: "alice" };
  const why = { guard: "permission", code: "permission.message", detail: "no rule allows it" } as const;
  return { type: "decision", verdict, incident: "inc-2", direction: "inbound", ...who, ...why };
}

async function ask(call: string, role: Role, body?: unknown): Promise<Response> {
  const [method = "", path = ""] = call.split(" ", 2);
  return await fetch(`${admin.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${tokens.get(role)}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function json<T>(call: string, role: Role, body?: unknown): Promise<T> {
  return (await (await ask(call, role, body)).json()) as T;
}

async function readings(): Promise<readonly string[]> {
  const { rows } = await json<JournalPage>("GET /journal/search?type=journal&limit=500", "admin");
  return rows.map(({ text }) => text);
}

function findPlan(role: Role, more = ""): Promise<JournalPage> {
  return json(`GET /journal/search?session=s1&type=message&text=plan${more}`, role);
}

function show(role: Role, more = "", id = "s1"): Promise<ConversationPage> {
  return json(`GET /journal/sessions/${id}${more}`, role);
}

function backTest(): Promise<BackTestState> {
  return json("GET /policy/back-test", "admin");
}

async function done(): Promise<BackTestState> {
  await expect.poll(async () => (await backTest()).state, patience).not.toBe("running");
  return await backTest();
}

describe("GET /journal/search", () => {
  it("finds records, the newest first, page by page, each once", async () => {
    const ids: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const cursor: string = next === "" ? "" : `&cursor=${next}`;
      const page = await json<JournalPage>(`GET /journal/search?session=s1&limit=3${cursor}`, "viewer");
      expect(page.rows.length).toBeLessThanOrEqual(3);
      ids.push(...page.rows.map(({ id }) => id));
      ({ next } = page);
    }
    expect(new Set(ids).size).toBe(ids.length);
    const all = await json<JournalPage>("GET /journal/search?session=s1", "viewer");
    expect(all.rows.map(({ id }) => id)).toEqual(ids);
    expect(all.rows.map(({ type }) => type)).toEqual([
      "closed",
      "decision",
      "decision",
      "message",
      "message",
      "message",
      "open",
    ]);
    expect(all.rows[3]).toMatchObject({
      direction: "outbound",
      verdict: "replace",
      kept: "redacted",
      guard: "leak",
    });
  });

  it("looks into whole contents only for a role that may, with a reason: else trying texts would tell them", async () => {
    for (const role of ["viewer", "operator"] as const) {
      const { rows, notes } = await findPlan(role, "&reason=a+test");
      expect([role, rows]).toEqual([role, []]);
      expect(notes).toEqual([expect.stringContaining("role investigator and a reason")]);
    }
    expect((await findPlan("investigator")).rows).toEqual([]);
    const found = await findPlan("investigator", "&reason=a+test");
    expect(found.rows).toHaveLength(1);
    expect(JSON.stringify(found)).not.toContain("the plan");
  });

  it("is a reading that the journal records: who, as what, why, and of a text only its length", async () => {
    await ask("GET /journal/search?user=nobody&text=hush-hush&reason=ticket+4711", "investigator");
    const reading = (await readings()).find((text) => text.includes("nobody"));
    expect(reading).toContain("investigator-1 (investigator) from 127.0.0.1, through the admin API");
    expect(reading).toContain("ticket 4711");
    expect(reading).toContain("textLength");
    expect(JSON.stringify([reading, told])).not.toContain("hush-hush");
    expect(told.at(-2)).toMatchObject({
      type: "admin",
      path: "/journal/search",
      detail: '0 records of user "nobody", a text of 9 characters, because "ticket 4711"',
    });
  });

  it("refuses what it does not understand", async () => {
    for (const query of [
      "since=never",
      "verdict=maybe",
      "limit=501",
      "cursor=x",
      "what=else",
      "reason=%20",
      "reason=%E2%80%8B",
    ])
      expect([query, (await ask(`GET /journal/search?${query}`, "viewer")).status]).toEqual([query, 422]);
  });
});

describe("GET /journal/sessions/{session}", () => {
  it.each(["viewer", "operator"] as const)(
    "shows the role %s no content, whatever the reason",
    async (role) => {
      const { entries, withheld } = await show(role, "?reason=please");
      expect(entries.map(({ content }) => content)).toEqual(entries.map(() => null));
      expect(withheld).toEqual({ role: 3, reason: 0, erased: 0 });
      expect(JSON.stringify(entries)).not.toMatch(/plan|\*\*\*\*|join/);
    },
  );

  it("shows an investigator what was redacted, and the rest with a reason", async () => {
    const without = await show("investigator");
    expect(without.withheld).toEqual({ role: 0, reason: 2, erased: 0 });
    expect(without.entries.flatMap(({ content }) => content?.text ?? [])).toEqual(["card ****"]);
    const { entries, withheld, session } = await show("investigator", "?reason=ticket+4711");
    expect([session, withheld]).toEqual(["s1", { role: 0, reason: 0, erased: 0 }]);
    expect(entries.map(({ direction, content }) => [direction, content?.text]).slice(1, 4)).toEqual([
      ["inbound", '{"type":"join","room":"blue"}'],
      ["outbound", SECRET],
      ["outbound", "card ****"],
    ]);
    expect(entries[4]).toMatchObject({ verdict: "observe", meaning: { mend: expect.stringMatching(/./) } });
  });

  it("finds the session of an incident, and a handshake that was refused", async () => {
    expect(await show("viewer", "", "inc-2")).toMatchObject({ session: "s1", incident: "inc-2" });
    const refused = await show("viewer", "", "inc-1");
    expect(refused).toMatchObject({
      session: null,
      entries: [{ type: "handshake", code: "origin.foreign" }],
    });
    expect((await ask("GET /journal/sessions/none", "viewer")).status).toBe(404);
    expect((await ask("GET /journal/sessions/%22", "viewer")).status).toBe(404);
  });

  it("shows hostile contents as they are, in JSON, each cut where it is asked to, page by page", async () => {
    const texts: string[] = [];
    let [next, left]: [string | null, number] = ["", 0];
    while (next !== null) {
      const cursor: string = next === "" ? "" : `&cursor=${next}`;
      const page: ConversationPage = await show("admin", `?reason=a&limit=7&content=1000${cursor}`, "s2");
      for (const { content } of page.entries) {
        if (content !== null) texts.push(content.text.slice(0, 300));
        left += content?.left ?? 0;
      }
      ({ next } = page);
    }
    // As bytes they were valid UTF-8.
    expect(texts).toEqual([
      ...hostileTexts.map((text) => text.slice(0, 300).toWellFormed()),
      "x".repeat(300),
    ]);
    const longer = [...hostileTexts, "x".repeat(1024 * 1024)].map(({ length }) => Math.max(0, length - 1000));
    expect(left).toBe(longer.reduce((sum, more) => sum + more, 0));
  });
});

describe("GET /journal/export", () => {
  it("writes lines of JSON, a table or an archive, with contents as far as the role may", async () => {
    const lines = await ask("GET /journal/export?session=s1&reason=a+test", "investigator");
    expect(lines.headers.get("Content-Disposition")).toBe('attachment; filename="journal.jsonl"');
    expect(lines.headers.get("Cache-Control")).toBe("no-store");
    const text = await lines.text();
    expect(text.trim().split("\n")).toHaveLength(7);
    expect(text).toContain(SECRET);
    expect(
      await (await ask("GET /journal/export?session=s1&reason=a+test", "operator")).text(),
    ).not.toContain(SECRET);
    const table = await ask("GET /journal/export?session=s1&format=csv", "admin");
    expect(await table.text()).toMatch(/^record,time,type,.*\r\n/);
    expect((await ask("GET /journal/export?format=har", "admin")).status).toBe(422);
    const har = await json<{ log: { entries: unknown[] } }>(
      "GET /journal/export?format=har&session=s1",
      "admin",
    );
    expect(har.log.entries).toHaveLength(1);
  });

  it("sends a long one piece by piece, and gives its place back when nobody reads it any more", async () => {
    for (let round = 0; round < 6; round++) {
      const { body } = await ask("GET /journal/export?session=s2&reason=a+test", "admin");
      await body?.cancel();
    }
    const whole = await (await ask("GET /journal/export?session=s2&reason=a+test", "admin")).text();
    expect(whole.length).toBeGreaterThan(1024 * 1024);
  });
});

describe("GateDesk", () => {
  const reader = { name: "a", role: "admin", address: "127.0.0.1", reason: "a test" } as const;
  const exported = async (of: GateDesk, session: string): Promise<AsyncIterator<string>> => {
    const opened = await of.export(reader, { filter: { session }, format: "jsonl" });
    if (!opened.ok) throw new Error(opened.problem);
    return opened.value[Symbol.asyncIterator]();
  };

  it("has the place of an export again whose reader went before its first piece", async () => {
    for (let round = 0; round < 6; round++) await (await exported(desk, "s1")).return?.();
    expect(String((await (await exported(desk, "s1")).next()).value)).toContain(SECRET);
  });

  it("gives nobody the pieces of another's export, where a thread took the place of one that ended", async () => {
    if (config === null) throw new Error("no configuration");
    const own = deskOf(config);
    onTestFinished(() => own.close());
    const first = await exported(own, "s2");
    own.close();
    await exported(own, "s1");
    await expect(first.next()).rejects.toThrow("the other process has gone");
  });
});

describe("POST /journal/verify", () => {
  it("verifies every byte, and its state says what came of it; only operators may begin it", async () => {
    expect((await ask("POST /journal/verify", "viewer")).status).toBe(403);
    const begun = await ask("POST /journal/verify", "operator");
    expect([begun.status, await begun.json()]).toEqual([202, expect.objectContaining({ by: "operator-1" })]);
    const state = async (): Promise<VerificationState | null> =>
      (await json<JournalStatus>("GET /journal/status", "viewer")).verification;
    await expect.poll(async () => (await state())?.state, patience).toBe("done");
    expect(await state()).toMatchObject({ report: { ok: true, faults: [], records: expect.any(Number) } });
    const status = await json<JournalStatus>("GET /journal/status", "viewer");
    expect(status).toMatchObject({ segments: 1, key: { ok: true }, since: expect.stringMatching(/Z$/) });
    expect(status.bytes).toBeGreaterThan(1000);
  });
});

describe("GET /policy/observed", () => {
  it("counts what guards that observe would have refused in the last day, by kind", async () => {
    const empty = await json<ObservedRefusals>("GET /policy/observed", "viewer");
    expect(empty).toMatchObject({ from: "journal", kinds: [], cut: false });
    const now = (Date.now() - Date.UTC(2025, 10, 30, 12)) / 1000;
    for (let count = 0; count < 3; count++) journal.event(now, decision("s1", "observe"));
    await journal.flush();
    const { kinds } = await json<ObservedRefusals>("GET /policy/observed", "viewer");
    expect(kinds).toMatchObject([
      { route: "/chat", guard: "permission", code: "permission.message", count: 3 },
    ]);
  });
});

describe("POST /policy/back-test", () => {
  const changed = JSON.stringify({
    version: 1,
    listen: [{ address: "127.0.0.1:8443", tls: "off" }],
    routes: [{ ...chat, permission: { otherwise: "deny", rules: [{ when: "true", allow: "false" }] } }],
  });

  it("plays the record to a changed policy, for admins alone, and tells what it would refuse", async () => {
    expect((await ask("GET /policy/back-test", "admin")).status).toBe(404);
    expect((await ask("POST /policy/back-test", "investigator", { policy: changed })).status).toBe(403);
    expect((await ask("POST /policy/back-test", "admin", { policy: changed, reason: "a test" })).status).toBe(
      202,
    );
    expect((await ask("POST /policy/back-test", "admin", { policy: changed })).status).toBe(409);
    const { result } = await done();
    expect(result).toMatchObject({ ok: false, cut: null });
    expect(result?.changes[0]).toMatchObject({ change: "refused", guard: "permission", session: "s1" });
    const guards = result?.policy.find(({ route }) => route === "/chat")?.guards.map(({ name }) => name);
    expect(guards).toContain("permission");
    expect((await readings()).some((text) => text.includes("command test"))).toBe(true);
  });

  it("tells nothing of files that the gate's own configuration does not name, by no condition and no problem (CWE-73)", async () => {
    const when = '"${file:journal.key}".size() > 0';
    await ask("POST /policy/back-test", "admin", { policy: changed.replace('"true"', JSON.stringify(when)) });
    const { state, problems } = await done();
    expect(state).toBe("failed");
    expect(problems.join()).toContain("a reference to a file or the environment");
    const key = (await readFile(join(journal.directory, "journal.key"), "utf8")).trim();
    const named = changed.replace('"path"', '"messageSchema":{"inbound":"journal.key"},"path"');
    await ask("POST /policy/back-test", "admin", { policy: named });
    const second = await done();
    expect(second.problems.join()).toContain("expected a schema");
    expect(JSON.stringify(second)).not.toContain(key.slice(0, 12));
  });

  it("takes the file of the gate as it is now, and says what is wrong with one that is none", async () => {
    journal.config("sallyport.yaml", { ...chat, origin: { allow: [] } });
    await ask("POST /policy/back-test", "admin", {});
    expect(await done()).toMatchObject({ state: "failed", result: null });
    expect((await done()).problems.join("\n")).toContain("routes[0].origin.allow");
  });
});

describe("a journal whose key is missing", () => {
  it("says so, shows nothing that is in it, and is verified all the same", async () => {
    const key = join(journal.directory, "journal.key");
    await rename(key, `${key}.away`);
    onTestFinished(() => rename(`${key}.away`, key));
    const found = await ask("GET /journal/search", "admin");
    expect(found.status).toBe(503);
    expect(await found.json()).toMatchObject({
      error: expect.stringMatching(/key is missing: .*journal\.key: expected a key .*can be verified/),
    });
    expect((await ask("GET /journal/sessions/s1", "admin")).status).toBe(503);
    const status = await json<JournalStatus>("GET /journal/status", "viewer");
    expect(status).toMatchObject({
      segments: 1,
      key: { ok: false, problem: expect.stringContaining("journal.key") },
    });
    await ask("POST /journal/verify", "operator");
    const verified = async (): Promise<VerificationState | null> =>
      (await json<JournalStatus>("GET /journal/status", "viewer")).verification;
    await expect.poll(async () => (await verified())?.state, patience).toBe("done");
    expect((await verified())?.report?.unknown.join()).toContain("what the keys would tell");
  });
});

describe("a gate without a journal", () => {
  it("says so, and how to have one", async () => {
    if (config === null) throw new Error("no configuration");
    const without = deskOf({ ...config, journal: null });
    const reader = { name: "ann", role: "admin", address: "127.0.0.1", reason: null } as const;
    const answer = await without.search(reader, { filter: {}, limit: 1, cursor: null });
    expect(answer).toMatchObject({ ok: false, status: 409, problem: expect.stringContaining("--journal") });
    expect(await without.observed(reader, 0)).toMatchObject({ ok: false, status: 409 });
  });
});
