import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { emptyDesk } from "../../test/empty-desk.ts";
import type { AdminEvent, SallyportEvent } from "../events.ts";
import type { AdminConfig } from "../policy/admin-options.ts";
import type { KeptFinding } from "./findings.ts";
import { createMemoryState } from "../state/memory-state.ts";
import { openAdmin } from "./admin.ts";
import type { AdminGate } from "./admin/admin-gate.ts";
import type { KeptIncident } from "./incident-log.ts";
import { nothingDone } from "./watch-order.ts";
import { adminRoutes } from "./admin/admin-routes.ts";
import { noTotals } from "./dashboard/gate-totals.ts";
import type { SessionQuery } from "./open-sessions.ts";
import type { SessionView } from "./session-view.ts";

const TOKENS = { admin: "a".repeat(32), operator: "o".repeat(32), viewer: "v".repeat(32) };
const NO_ID = "nobody-is-here";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-admin-"));
  for (const [name, token] of Object.entries(TOKENS))
    await writeFile(join(directory, `${name}.token`), `${token}\n`);
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function view(id: string, openedAt: number): SessionView {
  return {
    session: id,
    route: "/chat",
    user: "ada",
    issuer: "https://id.example",
    tenant: null,
    provider: "jwt",
    address: "192.0.2.7",
    host: "app.example.com",
    path: "/chat",
    origin: null,
    subprotocol: null,
    openedAt: new Date(openedAt).toISOString(),
    expiresAt: null,
    refreshable: false,
    inbound: { messages: 1, bytes: 2 },
    outbound: { messages: 3, bytes: 4 },
    waitingBytes: 0,
    policy: "abc",
    compression: null,
  };
}

interface Fake extends AdminGate {
  readonly did: unknown[];
}

const noticed: KeptFinding = {
  at: "2026-01-01T00:00:00.000Z",
  undoneAt: null,
  type: "finding",
  incident: "f1",
  detector: "handshakeScan",
  severity: "medium",
  sentence: "30 handshakes were refused",
  subject: { kind: "address", value: "192.0.2.7" },
  route: null,
  address: "192.0.2.7",
  user: null,
  session: null,
  measured: { refused: 30 },
  references: ["ATT&CK T1595"],
  answer: "ban",
  outcome: "done",
  detail: "192.0.2.7/32 is banned",
};

const refused: KeptIncident = {
  at: "2026-01-01T00:00:00.000Z",
  type: "handshake",
  verdict: "refuse",
  incident: "i1",
  guard: "origin",
  code: "origin.foreign",
  status: 403,
  detail: '"https://evil.example" is not in origin.allow',
  route: "/chat",
  address: "192.0.2.7",
  user: null,
  path: "/chat",
  origin: "https://evil.example",
};

function fakeGate(own: Partial<AdminGate> = {}): Fake {
  const { bans, revocations } = createMemoryState();
  const did: unknown[] = [];
  const open = [view("s1", 1000), view("s2", 1000), view("s3", 2000)];
  return {
    did,
    desk: emptyDesk,
    bans,
    revocations,
    live: { totals: () => noTotals, lookAtEvents: () => () => {}, reloadProblem: () => null },
    metricsText: async () => ({ contentType: "text/plain", body: "up 1\n" }),
    engine: () => null,
    findIncident: (id) => (id === "i1" ? refused : null),
    listIncidents: () => [refused],
    async demandRefresh(filter) {
      did.push({ filter });
      return filter.session === NO_ID ? nothingDone : { reached: 1, closed: 0, unable: 0 };
    },
    closeBanned: () => 2,
    problems: () => [],
    watch: {
      warnings: () => [],
      status: () => ({
        mode: "enforce",
        detectors: [
          {
            name: "newName",
            size: 1,
            told: 0,
            repeated: 0,
            leftOut: 0,
            undecided: 0,
            learning: [{ route: "/chat", learnt: false, samples: 2 }],
          },
        ],
        warnings: ["watch is off"],
      }),
      list: () => ({ findings: [noticed], kept: 1, next: null }),
      undo: async (incident) =>
        incident === noticed.incident ? { finding: noticed, lifted: ["the ban"], already: false } : null,
    },
    connections: () => open.length,
    listSessions({ filter, state, order, limit, after }: SessionQuery) {
      did.push({ filter, limit, after, ...(order?.by === "opened" ? {} : { state, order }) });
      const found = open.filter(({ session }) => (filter.session ?? session) === session);
      const behind = found.filter(({ session }) => after === null || session > after.session);
      return { sessions: behind.slice(0, limit), matching: found.length };
    },
    async closeSessions(filter, why) {
      did.push({ filter, why });
      return { count: filter.session === NO_ID ? 0 : 1, unanswered: [] };
    },
    policy: () => ({
      version: "abc",
      listeners: [{ address: "127.0.0.1", port: 0, tls: "off" }],
      routes: [
        {
          route: "/chat",
          hosts: [],
          path: "/chat",
          upstream: "ws://127.0.0.1:3000",
          http: "refuse",
          guards: [{ name: "origin", mode: "enforce", values: [] }],
        },
      ],
    }),
    reload: async () => ({ ok: true, version: "def", kept: 3, closed: 1 }),
    drain: () => void did.push("drain"),
    ...own,
  };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

interface Asking {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function file(name: string): string {
  return join(directory, `${name}.token`);
}

async function start(options: { config?: Partial<AdminConfig>; gate?: Fake; now?: () => number } = {}) {
  const events: SallyportEvent[] = [];
  const gate = options.gate ?? fakeGate();
  const admin = await openAdmin({
    config: {
      host: "127.0.0.1",
      port: 0,
      url: null,
      oidc: null,
      tokenFile: file("admin"),
      tokens: [
        { name: "ops", role: "operator", tokenFile: file("operator") },
        { name: "grafana", role: "viewer", tokenFile: file("viewer") },
      ],
      ...options.config,
    },
    gate,
    version: "1.2.3",
    emit: (event) => void events.push(event),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  onTestFinished(() => admin.close());
  const ask = async (call: string, { token, body, headers = {} }: Asking = {}): Promise<Answer> => {
    const [method, path] = call.split(" ", 2);
    const asked = request(`${admin.url}${path}`, {
      method: method ?? "",
      agent: false,
      headers: { ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...headers },
    });
    asked.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
    const [response] = await new Promise<[IncomingMessage]>((resolve, reject) => {
      asked.once("response", (incoming) => resolve([incoming]));
      asked.once("error", reject);
    });
    const content = await text(response);
    const isJson = response.headers["content-type"] === "application/json";
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? (JSON.parse(content) as unknown) : content,
    };
  };
  const records = (): AdminEvent[] => events.filter((event) => event.type === "admin");
  return { ask, gate, events, records, url: admin.url };
}

const calls: Readonly<Record<string, readonly (readonly [string, unknown?])[]>> = {
  viewer: [
    ["GET /sessions"],
    ["GET /sessions/s1"],
    ["GET /bans"],
    ["GET /revocations"],
    ["GET /incidents/i1"],
    ["GET /policy"],
  ],
  operator: [
    ["DELETE /sessions/s1"],
    ["POST /sessions/kill", { user: "ada" }],
    ["POST /bans", { address: "192.0.2.7" }],
    ["DELETE /bans/192.0.2.7"],
    ["POST /revocations", { user: "ada" }],
    ["DELETE /revocations/none"],
  ],
  admin: [["POST /reload"], ["POST /drain"]],
};
const ranks = ["viewer", "operator", "admin"] as const;

describe("openAdmin", () => {
  it.each(ranks)("lets the role %s do what it may, and nothing more", async (role) => {
    const { ask, records } = await start();
    for (const least of ranks) {
      for (const [call, body] of calls[least] ?? []) {
        const allowed = ranks.indexOf(role) >= ranks.indexOf(least);
        const { status } = await ask(call, { token: TOKENS[role], body });
        expect([call, status !== 403]).toEqual([call, allowed]);
        expect((await ask(call, { body })).status).toBe(401);
      }
    }
    const name = { viewer: "grafana", operator: "ops", admin: "admin" }[role];
    expect(new Set(records().map((record) => record.name))).toEqual(new Set([name]));
  });

  it("gives everybody on loopback health and metrics, and elsewhere holders of a token only", async () => {
    const near = await start();
    for (const path of ["/live", "/ready", "/metrics", "/openapi.json"])
      expect((await near.ask(`GET ${path}`)).status).toBe(200);
    const far = await start({ config: { host: "0.0.0.0" } });
    for (const path of ["/live", "/ready", "/metrics", "/openapi.json", "/nothing"])
      expect((await far.ask(`GET ${path}`)).status).toBe(path === "/nothing" ? 404 : 401);
    expect((await far.ask("GET /metrics", { token: TOKENS.viewer })).body).toBe("up 1\n");
  });

  it("refuses pages and foreign Hosts, also with a token (CVE-2025-24010, DNS rebinding)", async () => {
    const { ask } = await start();
    const token = TOKENS.admin;
    for (const headers of [{ Origin: "http://127.0.0.1" }, { Origin: "null" }, { Host: "evil.example" }])
      expect((await ask("GET /bans", { token, headers })).status).toBe(403);
    expect((await ask("GET /bans", { token, headers: { Host: "localhost:1" } })).status).toBe(200);
  });

  it("opens nothing that needs a role where no token is configured", async () => {
    const { ask } = await start({ config: { tokenFile: null, tokens: [] } });
    expect(await ask("GET /bans", { token: TOKENS.admin })).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining("admin.tokenFile") },
    });
    expect((await ask("GET /live", { token: "any" })).status).toBe(200);
  });

  it("bounds guesses of each address, then looks at no token of it until it may (CWE-307)", async () => {
    let now = 0;
    const { ask, records } = await start({ now: () => now });
    const statuses: unknown[] = [];
    for (let count = 0; count < 25; count++)
      statuses.push((await ask("GET /bans", { token: `wrong${count}` })).status);
    expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(5).fill(429)]);
    expect(await ask("GET /bans", { token: TOKENS.admin })).toMatchObject({
      status: 429,
      headers: { "retry-after": "1" },
    });
    expect((await ask("GET /live")).status).toBe(200);
    now += 1001;
    expect((await ask("GET /bans", { token: TOKENS.admin })).status).toBe(200);
    // One line for each that was looked at, none for those that were not.
    expect(records().map(({ name, status }) => [name, status])).toEqual([
      ...Array.from({ length: 20 }, () => [null, 401]),
      [null, 429],
      ["admin", 200],
    ]);
  });

  it("bounds the calls of each token, and not those of another", async () => {
    const { ask } = await start({ now: () => 0 });
    const statuses = new Map<unknown, number>();
    for (let count = 0; count < 510; count++) {
      const { status } = await ask("GET /policy", { token: TOKENS.viewer });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect(statuses).toEqual(
      new Map([
        [200, 500],
        [429, 10],
      ]),
    );
    expect((await ask("GET /policy", { token: TOKENS.operator })).status).toBe(200);
  });

  it("bounds calls without a token by route, so that a flood of one does not hide whether the gate lives", async () => {
    const { ask } = await start({ now: () => 0 });
    const statuses = new Set<unknown>();
    for (let count = 0; count < 501; count++) statuses.add((await ask("GET /metrics")).status);
    expect(statuses).toEqual(new Set([200, 429]));
    expect((await ask("GET /live")).status).toBe(200);
    expect((await ask("GET /metrics", { token: TOKENS.viewer })).status).toBe(200);
  });

  it("takes no other scheme, no half a token and no empty one", async () => {
    const { ask } = await start();
    for (const authorization of [
      TOKENS.admin,
      `Basic ${TOKENS.admin}`,
      `Bearer ${TOKENS.admin.slice(1)}`,
      "Bearer ",
      `Bearer ${TOKENS.admin} x`,
    ])
      expect((await ask("GET /bans", { headers: { Authorization: authorization } })).status).toBe(401);
  });

  it("records who did what, from where and with what outcome, and never a token (CWE-532)", async () => {
    const { ask, records } = await start();
    await ask("GET /sessions?user=ada", { token: TOKENS.viewer });
    await ask("POST /sessions/kill", { token: TOKENS.operator, body: { user: "ada", reason: "left" } });
    await ask("POST /reload", { token: TOKENS.viewer });
    await ask("GET /bans?x=1", { token: "wrong-and-secret" });
    await ask("GET /live");
    await ask("GET /policy", { token: TOKENS.viewer });
    expect(records()).toEqual([
      {
        type: "admin",
        name: "grafana",
        role: "viewer",
        address: "127.0.0.1",
        method: "GET",
        path: "/sessions",
        status: 200,
        detail: 'sessions of user "ada": 3 of 3',
      },
      expect.objectContaining({
        name: "ops",
        path: "/sessions/kill",
        detail: '1 sessions of user "ada" ended, because "left"',
      }),
      expect.objectContaining({ name: "grafana", path: "/reload", status: 403 }),
      expect.objectContaining({ name: null, role: null, path: "/bans", status: 401 }),
    ]);
    const said = JSON.stringify(records());
    for (const token of [...Object.values(TOKENS), "wrong-and-secret"]) expect(said).not.toContain(token);
  });

  it("answers what is not there, another method, and what is not understood", async () => {
    const { ask } = await start();
    const token = TOKENS.admin;
    expect((await ask("GET /nothing", { token })).status).toBe(404);
    expect(await ask("PUT /bans", { token })).toMatchObject({ status: 405, headers: { allow: "GET, POST" } });
    const bad: readonly (readonly [string, unknown?])[] = [
      ["GET /bans?x=1"],
      ["GET /sessions?limit=1&limit=2"],
      ["GET /sessions?limit=0"],
      ["GET /sessions?limit=1001"],
      ["GET /sessions?address=evil"],
      ["GET /sessions?cursor=x"],
      ["POST /bans", "{"],
      ["POST /bans", { address: 1 }],
      ["POST /bans", { address: "192.0.2.7/8" }],
      ["POST /bans", { address: "192.0.2.7", seconds: -1 }],
      ["POST /bans", { address: "192.0.2.7", reason: "x".repeat(20_000) }],
      ["POST /revocations", {}],
      ["POST /revocations", { issuer: "https://id.example" }],
      ["POST /revocations", { user: "ada", everything: true }],
      ["POST /sessions/kill", {}],
      ["POST /sessions/kill"],
      ["POST /sessions/kill", { reason: "all of them" }],
      ["POST /sessions/kill", { user: "" }],
    ];
    for (const [call, body] of bad) {
      const { status, body: said } = await ask(call, { token, body });
      expect([call, body, status]).toEqual([call, body, 422]);
      expect(said).toMatchObject({ error: expect.any(String), problems: [expect.any(String)] });
    }
  });

  it("lists sessions in pages, each behind the last of the one before", async () => {
    const { ask, gate } = await start();
    const token = TOKENS.viewer;
    const first = await ask("GET /sessions?limit=2&route=/chat", { token });
    expect(first.body).toMatchObject({
      sessions: [{ session: "s1" }, { session: "s2" }],
      matching: 3,
      next: "1000.s2",
    });
    const second = await ask("GET /sessions?limit=2&route=/chat&cursor=1000.s2", { token });
    expect(second.body).toMatchObject({ sessions: [{ session: "s3" }], next: null });
    const named = await ask("GET /sessions?limit=1&sort=user&descending=true&state=anonymous", { token });
    const { next }: { readonly next: string } = JSON.parse(JSON.stringify(named.body));
    expect(next).toBe(`~${Buffer.from("ada").toString("base64url")}.s1`);
    await ask(`GET /sessions?limit=1&sort=user&cursor=${next}`, { token });
    for (const wrong of ["sort=secret", "descending=yes", "state=asleep", "cursor=~!.s1"])
      expect([wrong, (await ask(`GET /sessions?${wrong}`, { token })).status]).toEqual([wrong, 422]);
    expect(gate.did).toEqual([
      { filter: { route: "/chat" }, limit: 3, after: null },
      { filter: { route: "/chat" }, limit: 3, after: { value: 1000, session: "s2" } },
      { filter: {}, state: "anonymous", order: { by: "user", descending: true }, limit: 2, after: null },
      {
        filter: {},
        state: undefined,
        order: { by: "user", descending: false },
        limit: 2,
        after: { value: "ada", session: "s1" },
      },
    ]);
  });

  it("ends sessions with 4540's code, by id or filter, and says how many", async () => {
    const { ask, gate } = await start();
    const token = TOKENS.operator;
    const kill = { address: "192.0.2.0/24", reason: "flood" };
    expect((await ask("POST /sessions/kill", { token, body: kill })).body).toEqual({ killed: 1 });
    expect((await ask("DELETE /sessions/s%2F1", { token })).body).toEqual({ killed: 1 });
    expect((await ask(`DELETE /sessions/${NO_ID}`, { token })).status).toBe(404);
    expect(gate.did.slice(0, 2)).toEqual([
      { filter: { address: "192.0.2.0/24" }, why: { code: "session.killed", detail: "flood" } },
      { filter: { session: "s/1" }, why: { code: "session.killed", detail: "by an operator" } },
    ]);
  });

  it("revokes, lists and takes back", async () => {
    const { ask } = await start();
    const token = TOKENS.operator;
    const body = { user: "ada", issuedBefore: "2026-01-01T00:00:00Z", closes: false };
    const { id } = (await ask("POST /revocations", { token, body })).body as { id: string };
    expect((await ask("GET /revocations", { token })).body).toMatchObject({
      revocations: [
        { id, user: "ada", issuedBefore: "2026-01-01T00:00:00.000Z", closes: false, reason: "by hand" },
      ],
    });
    expect((await ask(`DELETE /revocations/${id}`, { token })).status).toBe(200);
    expect((await ask(`DELETE /revocations/${id}`, { token })).status).toBe(404);
    expect((await ask("GET /revocations", { token })).body).toEqual({ revocations: [] });
  });

  it("says what a reload did, all problems of one that failed, and drains", async () => {
    const token = TOKENS.admin;
    const good = await start();
    expect((await good.ask("POST /reload", { token })).body).toEqual({
      reloaded: true,
      policy: "def",
      kept: 3,
      closed: 1,
    });
    expect(await good.ask("POST /drain", { token })).toMatchObject({
      status: 202,
      body: { draining: true, connections: 3 },
    });
    expect(good.gate.did).toEqual(["drain"]);
    const bad = await start({
      gate: fakeGate({ reload: async () => ({ ok: false, problems: ["a", "b"] }) }),
    });
    expect(await bad.ask("POST /reload", { token })).toMatchObject({
      status: 422,
      body: { reloaded: false, problems: ["a", "b"] },
    });
  });

  it("answers 500 where the gate fails, with the cause in the log alone", async () => {
    const gate = fakeGate({
      closeBanned() {
        throw new Error("broken inside");
      },
    });
    const { ask, events } = await start({ gate });
    const failed = await ask("POST /bans", { token: TOKENS.admin, body: { address: "192.0.2.7" } });
    expect(failed.status).toBe(500);
    expect(JSON.stringify(failed.body)).not.toContain("broken");
    expect(events).toContainEqual(
      expect.objectContaining({ type: "gate", level: "error", detail: expect.stringContaining("broken") }),
    );
  });

  it("makes tokens for the owner alone where there are none; refuses short ones and one for two", async () => {
    const made = join(directory, "made.token");
    await start({ config: { tokenFile: made, tokens: [] } });
    expect((await stat(made)).mode & 0o777).toBe(0o600);
    expect((await readFile(made, "utf8")).trim()).toMatch(/^[\w-]{43}$/);
    const short = join(directory, "short.token");
    await writeFile(short, "too short");
    await expect(start({ config: { tokenFile: short } })).rejects.toThrow("at least 16 characters");
    await writeFile(short, TOKENS.admin);
    await expect(
      start({ config: { tokens: [{ name: "twin", role: "viewer", tokenFile: short }] } }),
    ).rejects.toThrow("holds the token of admin");
  });

  it("names the nodes that did not answer about their sessions", async () => {
    const unanswered = ["gate-2"];
    const { ask } = await start({
      gate: fakeGate({
        listSessions: () => ({ sessions: [], matching: 0, unanswered }),
        closeSessions: async ({ user }) => ({ count: user === undefined ? 0 : 2, unanswered }),
        demandRefresh: async () => ({ ...nothingDone, unanswered }),
      }),
    });
    const token = TOKENS.operator;
    expect((await ask("GET /sessions", { token })).body).toMatchObject({ matching: 0, unanswered });
    expect((await ask("POST /sessions/kill", { token, body: { user: "ada" } })).body).toEqual({
      killed: 2,
      unanswered,
    });
    for (const call of ["GET /sessions/s9", "DELETE /sessions/s9", "POST /sessions/s9/refresh"]) {
      const { status, body } = await ask(call, { token });
      expect([status, body]).toEqual([404, { error: 'no open session "s9"; no answer from "gate-2"' }]);
    }
  });
});

describe("the documentation of the admin API", () => {
  interface Operation {
    readonly operationId: string;
    readonly responses: Readonly<Record<string, unknown>>;
  }

  it("has every route, and nothing else; is OpenAPI 3.1", async () => {
    const { ask } = await start();
    const document = (await ask("GET /openapi.json")).body as {
      openapi: string;
      info: { version: string };
      paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    };
    expect([document.openapi, document.info.version]).toEqual(["3.1.1", "1.2.3"]);
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = adminRoutes("1.2.3").map(({ method, path }) => `${method} ${path}`);
    expect(documented.toSorted()).toEqual(routes.toSorted());
    expect(routes.length).toBeGreaterThan(15);
    expect(document.paths["/sessions"]?.["get"]).toMatchObject({
      parameters: expect.arrayContaining([expect.objectContaining({ name: "limit", in: "query" })]),
      security: [{ token: [] }],
    });
    expect(document.paths["/bans/{address}"]?.["delete"]).toMatchObject({
      parameters: [{ name: "address", in: "path", required: true }],
    });
    expect(JSON.stringify(document)).not.toContain("$schema");
  });

  const token = TOKENS.admin;
  const examples: [string, number, unknown?][] = [
    ["GET /live", 200],
    ["GET /ready", 200],
    ["GET /ready", 503],
    ["GET /metrics", 200],
    ["GET /policy", 200],
    ["GET /policy", 503],
    ["GET /incidents/i1", 200],
    ["GET /incidents/i2", 404],
    ["GET /incidents", 200],
    ["GET /incidents?limit=0", 422],
    ["GET /incidents/i1/explanation", 200],
    ["GET /incidents/i2/explanation", 404],
    ["POST /reload", 200],
    ["POST /reload", 422],
    ["POST /drain", 202],
    ["GET /sessions", 200],
    ["GET /sessions?limit=x", 422],
    ["GET /sessions/s1", 200],
    [`GET /sessions/${NO_ID}`, 404],
    ["DELETE /sessions/s1", 200],
    [`DELETE /sessions/${NO_ID}`, 404],
    ["POST /sessions/s1/refresh", 200],
    [`POST /sessions/${NO_ID}/refresh`, 404],
    ["POST /sessions/kill", 200, { user: "ada" }],
    ["POST /sessions/kill", 422, {}],
    ["GET /bans", 200],
    ["POST /bans", 200, { address: "192.0.2.9", seconds: 60 }],
    ["POST /bans", 422, {}],
    ["DELETE /bans/192.0.2.8", 200],
    ["DELETE /bans/192.0.2.10", 404],
    ["GET /revocations", 200],
    ["POST /revocations", 200, { tokenId: "t1", session: "s1", seconds: 60 }],
    ["POST /revocations", 422, {}],
    ["POST /revocations", 503, { user: "ada" }],
    ["DELETE /revocations/r1", 200],
    ["DELETE /revocations/r2", 404],
    ["GET /findings", 200],
    ["GET /findings?limit=0", 422],
    ["POST /findings/f1/undo", 200],
    ["POST /findings/f2/undo", 404],
    ["GET /state", 200],
    ["GET /watch", 200],
    ["GET /openapi.json", 200],
  ];

  it.each(examples)(
    "says what %s answers with %i",
    async (...[call, status, body]: [string, number, unknown?]) => {
      const own = fakeGate();
      own.bans.add("192.0.2.8", { reason: "x", until: null });
      void own.revocations.add({
        id: "r1",
        user: "ada",
        issuedBefore: 5,
        reason: "x",
        closes: true,
        createdAt: 0,
        expiresAt: Date.now() + 60_000,
      });
      const failing: Partial<AdminGate> = {
        problems: () => ["starting"],
        policy: () => null,
        reload: async () => ({ ok: false, problems: ["no"] }),
        revocations: { ...own.revocations, add: () => false },
      };
      const isFailure = status === 503 || call === "POST /reload";
      const { ask } = await start({ gate: isFailure && status !== 200 ? { ...own, ...failing } : own });
      const [method = "", target = ""] = call.split(" ");
      const answered = await ask(call, { token, body });
      expect(answered.status).toBe(status);
      const route = adminRoutes("1").find(
        (one) =>
          one.method === method &&
          new RegExp(`^${one.path.replace(/\{\w+\}/, "[^/]+")}$`).test(target.split("?")[0] ?? ""),
      );
      const shape = route?.answers[status];
      const read = (shape?.schema ?? z.string()).safeParse(answered.body);
      expect([shape?.description, read.error]).toEqual([expect.any(String), undefined]);
    },
  );

  it("says of every answer that a route has what it holds, each tried above", () => {
    const tried = new Set(
      examples.map(([call, status]) => {
        const [method, target = ""] = call.split(" ");
        const path = target
          .split("?")[0]
          ?.replace(/^\/(sessions|bans|revocations|incidents|findings)\/(?!kill)[^/]+/, "/$1/{}");
        return `${method} ${path} ${status}`;
      }),
    );
    // What reads a journal is tried where there is one: test/cli/desk.test.ts.
    const ofDesk = /^\/(?:journal|policy)\//;
    const here = adminRoutes("1").filter(({ path }) => !ofDesk.test(path));
    const documented = here.flatMap(({ method, path, answers }) =>
      Object.keys(answers).map((status) => `${method} ${path.replace(/\{\w+\}/, "{}")} ${status}`),
    );
    expect([...tried].toSorted()).toEqual(documented.toSorted());
  });
});
