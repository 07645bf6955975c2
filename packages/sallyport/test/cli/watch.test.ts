import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { SallyportEvent } from "../../src/events.ts";
import type { WatchSignal } from "../../src/watch/signal.ts";
import { openAdmin } from "../../src/hosts/admin.ts";
import { emptyDesk } from "../empty-desk.ts";
import { op } from "../gateway/raw-client.ts";
import { createTokens } from "../hosts/test-tokens.ts";
import { skipAhead } from "../skip-ahead.ts";
import { temporaryDirectory } from "./sallyport-process.ts";
import { knock, open, scan, scanRule, startWatched, type WatchedGate } from "./watched-gate.ts";

const ATTACKER = "127.0.0.2";
const OTHER = "127.0.0.3";

/** Says of a message of type `bad` that it would have been refused. */
const NOTES_BAD = {
  permission: {
    mode: "observe",
    otherwise: "allow",
    rules: [{ when: 'message.type == "bad"', allow: "false" }],
  },
};

/** A rule that is met by one message of type `bad`. */
function badRule(answer: string, by: string): unknown {
  return {
    name: "bad-message",
    when: 'event.type == "decision" && event.code == "permission.message"',
    by,
    answer,
    say: "says bad things",
  };
}

const bad = (): string => JSON.stringify({ type: "bad" });

/** Opens the admin API on a gate. */
async function startAdmin({ gate, state }: WatchedGate): Promise<{
  readonly ask: (path: string, method?: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly calls: SallyportEvent[];
}> {
  const calls: SallyportEvent[] = [];
  const tokenFile = join(await temporaryDirectory(), "admin.token");
  const admin = await openAdmin({
    config: { host: "127.0.0.1", port: 0, tokenFile, tokens: [], url: null, oidc: null },
    version: "0",
    emit: (event) => calls.push(event),
    gate: {
      ...state,
      desk: emptyDesk,
      watch: gate.watch,
      live: {
        totals: () => gate.totals(),
        lookAtEvents: (taker) => gate.lookAtEvents(taker),
        reloadProblem: () => null,
      },
      metricsText: () => gate.metricsText(),
      engine: () => null,
      findIncident: (incident) => gate.findIncident(incident),
      listIncidents: (query) => gate.listIncidents(query),
      demandRefresh: () => Promise.reject(new Error("not here")),
      closeBanned: () => gate.closeBanned(),
      problems: () => gate.problems(),
      connections: () => gate.connections(),
      listSessions: (query) => gate.listSessions(query),
      closeSessions: async (filter, why) => ({
        count: await gate.closeSessions(filter, why),
        unanswered: [],
      }),
      policy: () => gate.policy(),
      reload: () => Promise.reject(new Error("not here")),
      drain: () => {},
    },
  });
  onTestFinished(() => admin.close());
  const token = (await readFile(tokenFile, "utf8")).trim();
  return {
    calls,
    async ask(path, method = "GET") {
      const answer = await fetch(admin.url + path, { method, headers: { Authorization: `Bearer ${token}` } });
      return Object(await answer.json()) as Readonly<Record<string, unknown>>;
    },
  };
}

describe("the watch of a gate", () => {
  it("bans an address that scans, ends its connections (4529), and lets it in again when that is taken back", async () => {
    const gate = await startWatched({ watch: { rules: [scanRule("ban")] } });
    const attacker = await open(gate.port, { from: ATTACKER });
    const bystander = await open(gate.port, { from: OTHER });
    expect((await scan(gate.port, { from: ATTACKER })).slice(0, 3)).toEqual([404, 404, 404]);
    expect(await attacker.readClose()).toMatchObject({ code: 4529 });
    const finding = await gate.seen("finding");
    expect(finding).toMatchObject({
      detector: "three-paths",
      subject: { kind: "address", value: ATTACKER },
      address: ATTACKER,
      answer: "ban",
      outcome: "done",
      detail: expect.stringMatching(/^127\.0\.0\.2\/32 is banned until \S+; 1 connection ended$/),
    });
    expect(await knock(gate.port, { from: ATTACKER })).toBe(403);
    expect(await knock(gate.port, { from: OTHER })).toBe(101);
    await bystander.frame(op.text, "still here").readFrame();

    expect(gate.gate.watch.list({ limit: 10, before: null })).toMatchObject({
      findings: [{ incident: finding.incident, undoneAt: null }],
      kept: 1,
    });
    const undone = await gate.gate.watch.undo(finding.incident);
    expect(undone).toMatchObject({ lifted: ["the ban of 127.0.0.2/32"], already: false });
    expect(await knock(gate.port, { from: ATTACKER })).toBe(101);
    expect(await gate.gate.watch.undo(finding.incident)).toMatchObject({ lifted: [], already: true });
    expect(await gate.gate.watch.undo("unheard-of")).toBeNull();
  });

  it("does not ban again for the same evidence what was taken back", async () => {
    const gate = await startWatched({ watch: { quiet: "1ms", rules: [scanRule("ban")] } });
    await scan(gate.port, { from: ATTACKER });
    const { incident } = await gate.seen("finding");
    await gate.gate.watch.undo(incident);
    await scan(gate.port, { from: ATTACKER });
    expect(await gate.seen("finding", (event) => event.incident !== incident)).toMatchObject({
      outcome: "spared",
      detail: `told only: finding ${incident} about it was taken back by hand`,
    });
    expect(await knock(gate.port, { from: ATTACKER })).toBe(101);
  });

  it("does nothing but tell where the answer is alert", async () => {
    const gate = await startWatched({ watch: { rules: [scanRule("alert")] } });
    await scan(gate.port, { from: ATTACKER });
    expect(await gate.seen("finding")).toMatchObject({ answer: "alert", outcome: "done", detail: "" });
    expect(await knock(gate.port, { from: ATTACKER })).toBe(101);
  });

  it("says in a dry run what it would have done, and does nothing", async () => {
    const gate = await startWatched({ watch: { mode: "observe", rules: [scanRule("ban")] } });
    await scan(gate.port, { from: ATTACKER });
    expect(await gate.seen("finding")).toMatchObject({
      outcome: "observe",
      detail: expect.stringMatching(/^would have banned 127\.0\.0\.2\/32, the first time until /),
    });
    expect(await knock(gate.port, { from: ATTACKER })).toBe(101);
    expect(gate.state.bans.size).toBe(0);
  });

  it("spares who is on the allow-list", async () => {
    const gate = await startWatched({ watch: { allow: ["127.0.0.2/31"], rules: [scanRule("ban")] } });
    await scan(gate.port, { from: ATTACKER });
    expect(await gate.seen("finding")).toMatchObject({ outcome: "spared", detail: "on the allow-list" });
    expect(gate.state.bans.size).toBe(0);
  });

  it("bans who sent it, whomever a forwarding header of theirs names (CWE-348)", async () => {
    const gate = await startWatched({ watch: { rules: [scanRule("ban")] } });
    await scan(gate.port, { from: ATTACKER, lines: ["X-Forwarded-For: 203.0.113.9"] });
    expect((await gate.seen("finding")).subject.value).toBe(ATTACKER);
    expect(gate.state.bans.find("203.0.113.9", Date.now())).toBeNull();
    expect(gate.state.bans.find(ATTACKER, Date.now())).not.toBeNull();
  });

  it("bans whom a trusted proxy names, an IPv6 address as its /64, and never the proxy", async () => {
    const gate = await startWatched({
      listen: { trustedProxies: ["127.0.0.1"] },
      watch: { rules: [scanRule("ban")] },
    });
    for (const host of [1, 2, 3, 4])
      await knock(gate.port, { target: "/no", lines: [`X-Forwarded-For: 2001:db8::${host}`] });
    await gate.seen("finding");
    expect(gate.state.bans.list(Date.now())).toMatchObject([{ cidr: "2001:db8::/64" }]);
    expect(await knock(gate.port, { lines: ["X-Forwarded-For: 2001:db8::ffff:1"] })).toBe(403);
    expect(await knock(gate.port, { lines: ["X-Forwarded-For: 2001:db8:0:1::1"] })).toBe(101);
    await scan(gate.port);
    expect(await gate.seen("finding", ({ outcome }) => outcome === "spared")).toMatchObject({
      detail: "a trusted proxy, which speaks for others",
    });
  });

  it("closes (1008) the connections of a user or session, and bans nobody for what is not an address's", async () => {
    const gate = await startWatched({
      route: NOTES_BAD,
      watch: { rules: [badRule("close", "session")] },
    });
    const [mine, other] = [await open(gate.port), await open(gate.port)];
    mine.frame(op.text, bad());
    expect(await mine.readClose()).toMatchObject({ code: 1008 });
    expect(await gate.seen("decision", ({ code }) => code === "watch.closed")).toMatchObject({
      detail: expect.stringContaining("bad-message, finding "),
    });
    expect(await gate.seen("finding")).toMatchObject({ outcome: "done", detail: "1 connection ended" });
    await other.frame(op.text, "still here").readFrame();
    expect(gate.state.bans.size).toBe(0);
  });

  it("does nothing to everybody on a route: a rule that wants to does not start, and one that tells does", async () => {
    const asked = startWatched({ route: NOTES_BAD, watch: { rules: [badRule("close", "route")] } });
    await expect(asked).rejects.toThrow("nothing is done to everybody on a route");
    const gate = await startWatched({ route: NOTES_BAD, watch: { rules: [badRule("alert", "route")] } });
    const peer = await open(gate.port);
    peer.frame(op.text, bad());
    expect(await gate.seen("finding")).toMatchObject({
      subject: { kind: "route" },
      outcome: "done",
      detail: "",
    });
    await peer.readFrame();
    await peer.frame(op.text, "still here").readFrame();
  });

  it("reads more slowly for a time, those that open meanwhile too, and closes nobody for that", async () => {
    const gate = await startWatched({
      route: NOTES_BAD,
      watch: { slow: { to: "4/s", for: "1h" }, rules: [badRule("slow", "address")] },
    });
    const peer = await open(gate.port, { from: ATTACKER });
    await peer.frame(op.text, bad()).readFrame();
    const finding = await gate.seen("finding");
    expect(finding).toMatchObject({
      outcome: "done",
      detail: expect.stringMatching(/^1 connection held to 4\/s until /),
    });
    const takes = async (from: string, messages: number): Promise<number> => {
      const own = await open(gate.port, { from });
      const began = performance.now();
      for (let index = 0; index < messages; index++) own.frame(op.text, "{}");
      for (let index = 0; index < messages; index++) await own.readFrame();
      return performance.now() - began;
    };
    expect(await takes(ATTACKER, 5)).toBeGreaterThan(700);
    // Held to 4/s, as many as these would take half a minute.
    expect(await takes(OTHER, 120)).toBeLessThan(15_000);
    expect(await gate.gate.watch.undo(finding.incident)).toMatchObject({ already: false });
    expect(await takes(ATTACKER, 120)).toBeLessThan(15_000);
    await peer.frame(op.text, "{}").readFrame();
  });

  it("says that nobody can be slowed where no messageRate is in force", async () => {
    const gate = await startWatched({
      route: { ...NOTES_BAD, messageRate: "off" },
      watch: { rules: [badRule("slow", "session")] },
    });
    const peer = await open(gate.port);
    await peer.frame(op.text, bad()).readFrame();
    expect(await gate.seen("finding")).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("1 connection cannot be: no `messageRate` is enforced there"),
    });
  });

  it("tells which credential opened a connection, by a keyed hash, and not of anonymous ones", async () => {
    const tokens = await createTokens();
    const gate = await startWatched({ route: { identity: tokens.identity }, watch: {} });
    const token = await tokens.sign("ann");
    await open(gate.port, { lines: [`Authorization: Bearer ${token}`] });
    await open(gate.port, { lines: [`Authorization: Bearer ${token}`] });
    await open(gate.port, { lines: [`Authorization: Bearer ${await tokens.sign("ben")}`] });
    const prints = [...(gate.gate.gate?.sessions.values() ?? [])].map(({ fingerprint }) => fingerprint);
    expect(prints[0]).toMatch(/^[\w-]{22}$/);
    expect(prints[0]).toBe(prints[1]);
    expect(prints[0]).not.toBe(prints[2]);
    expect(token).not.toContain(prints[0]);
    const nobody = await startWatched({ watch: {} });
    await open(nobody.port);
    expect([...(nobody.gate.gate?.sessions.values() ?? [])][0]?.fingerprint).toBeNull();
  });

  it("tells of a user whose credentials are tried from many subnets, in no other event, and locks nobody out (ATT&CK T1110.004)", async () => {
    const tokens = await createTokens();
    const detectors = { credentialStuffing: { answer: "ban", user: { perMinute: 6 } } };
    const gate = await startWatched({ route: { identity: tokens.identity }, watch: { detectors } });
    await open(gate.port, { lines: [`Authorization: Bearer ${await tokens.sign("ann")}`] });
    const forged = (await tokens.sign("ann")).replace(/.{8}$/, "AAAAAAAA");
    // Subnets are counted about (with this gate's own seed): six can look like four, twelve never.
    for (let subnet = 1; subnet <= 12; subnet++)
      expect(
        await knock(gate.port, { from: `127.0.${subnet}.1`, lines: [`Authorization: Bearer ${forged}`] }),
      ).toBe(401);
    const finding = await gate.seen("finding");
    expect(finding).toMatchObject({ subject: { kind: "user", value: "ann" }, answer: "alert" });
    expect(finding.measured["trials"]).toBeGreaterThanOrEqual(6);
    expect(finding.measured["subnets"]).toBeGreaterThanOrEqual(5);
    expect(await gate.seen("handshake")).toMatchObject({ code: "identity.invalid", user: null });
    expect(gate.state.bans.size).toBe(0);
  });

  it("is told of names, credentials and traffic, in the order in which they happen", async () => {
    const tokens = await createTokens();
    const signals: WatchSignal[] = [];
    const gate = await startWatched({
      route: { identity: tokens.identity, dialect: { json: { name: "/type" } } },
      watcher: (signal) => signals.push(signal),
    });
    const peer = await open(gate.port, { lines: [`Authorization: Bearer ${await tokens.sign("ann")}`] });
    for (const type of ["join", "say", "join"])
      await peer.frame(op.text, JSON.stringify({ type })).readFrame();
    await peer.close().readClose();
    peer.socket.end();
    await gate.seen("closed");
    const told = signals.map((signal) =>
      signal.type === "name" ? `${signal.direction} ${signal.name}` : signal.type,
    );
    expect(told).toEqual([
      "open",
      "credential",
      "inbound join",
      "outbound join",
      "inbound say",
      "outbound say",
      "traffic",
      "closed",
    ]);
    expect(signals.find(({ type }) => type === "traffic")).toMatchObject({
      user: "ann",
      inbound: { messages: 3 },
      outbound: { messages: 3 },
    });
  });

  it("goes on with what was learnt over a reload that leaves a detector as it is, and follows one that does not", async () => {
    const rules = [scanRule("ban", { count: 6 })];
    const gate = await startWatched({ watch: { rules } });
    await scan(gate.port, { from: ATTACKER });
    await gate.reload({ watch: { mode: "observe", rules } });
    await scan(gate.port, { from: ATTACKER });
    expect(await gate.seen("finding")).toMatchObject({ outcome: "observe" });

    await scan(gate.port, { from: OTHER });
    await gate.reload({ watch: { rules: [scanRule("ban", { count: 6, within: "2m" })] } });
    await scan(gate.port, { from: OTHER });
    await gate.reload({ watch: "off" });
    await scan(gate.port, { from: OTHER });
    expect(gate.gate.watch.list({ limit: 10, before: null }).kept).toBe(1);
    expect(gate.gate.watch.figures().detectors).toEqual([]);
  });
});

describe("a demand for a fresh credential", () => {
  const PAGE = "https://app.example.com";

  interface Ticketed {
    readonly peer: Awaited<ReturnType<typeof open>>;
    readonly refresh: (token: string) => Promise<number>;
  }

  async function openRefreshable(gate: WatchedGate, token: string): Promise<Ticketed> {
    const post = (name: string, body: unknown, bearer: string): Promise<Response> =>
      fetch(`${gate.url}/.sallyport/${name}`, {
        method: "POST",
        headers: { "Sallyport-Request": "1", Origin: PAGE, Authorization: `Bearer ${bearer}` },
        body: JSON.stringify(body),
      });
    const answer: unknown = await (await post("ticket", { route: "/chat" }, token)).json();
    const { ticket, session, refreshSecret } = Object(answer) as Record<string, string>;
    const peer = await open(gate.port, {
      lines: [`Origin: ${PAGE}`, `Sec-WebSocket-Protocol: sallyport.ticket.${ticket}, sallyport.v1`],
    });
    return {
      peer,
      refresh: async (fresh) => (await post("refresh", { session, refreshSecret }, fresh)).status,
    };
  }

  const watch = { rules: [badRule("refresh", "user")] };

  it("closes (4401) who cannot refresh at once, and who does not within the time for it", async () => {
    const tokens = await createTokens();
    const gate = await startWatched({
      route: {
        ...NOTES_BAD,
        identity: tokens.identity,
        origin: { allow: [PAGE] },
        expiry: { window: "5s", grace: "5s" },
      },
      watch,
    });
    const token = await tokens.sign("ann");
    const plain = await open(gate.port, { lines: [`Authorization: Bearer ${token}`] });
    const { peer, refresh } = await openRefreshable(gate, token);
    await peer.frame(op.text, bad()).readFrame();
    expect(await plain.readClose()).toMatchObject({ code: 4401 });
    expect(await gate.seen("finding")).toMatchObject({
      subject: { kind: "user", value: "ann" },
      outcome: "done",
      detail: "1 connection asked for a fresh credential; 1 connection that cannot be refreshed ended",
    });
    // The same one again is no fresh one.
    expect(await refresh(token)).toBe(200);
    skipAhead(10_000);
    expect(await peer.readClose()).toMatchObject({ code: 4401 });
    expect(await gate.seen("decision", ({ code }) => code === "watch.refresh")).toBeDefined();
  });

  it("lets go on who brings a fresh one, or of whom the demand is taken back", async () => {
    const tokens = await createTokens();
    const gate = await startWatched({
      route: {
        ...NOTES_BAD,
        identity: tokens.identity,
        origin: { allow: [PAGE] },
        expiry: { window: "5s", grace: "5s" },
      },
      watch: { ...watch, quiet: "1ms" },
    });
    const [ann, ben] = [await tokens.sign("ann"), await tokens.sign("ben")];
    const fresh = await openRefreshable(gate, ann);
    await fresh.peer.frame(op.text, bad()).readFrame();
    await gate.seen("finding");
    expect(await fresh.refresh(await tokens.sign("ann", undefined, { jti: "another" }))).toBe(200);
    const lifted = await openRefreshable(gate, ben);
    await lifted.peer.frame(op.text, bad()).readFrame();
    const { incident } = await gate.seen("finding", ({ subject }) => subject.value === "ben");
    expect(await gate.gate.watch.undo(incident)).toMatchObject({ already: false });
    const late = await openRefreshable(gate, await tokens.sign("cy"));
    await late.peer.frame(op.text, bad()).readFrame();
    await gate.seen("finding", ({ subject }) => subject.value === "cy");
    skipAhead(10_000);
    expect(await late.peer.readClose()).toMatchObject({ code: 4401 });
    for (const { peer } of [fresh, lifted])
      expect((await peer.frame(op.text, "still here").readFrame()).payload.toString()).toBe("still here");
  });
});

describe("the admin API on the watch", () => {
  it("lists findings in pages, takes back, and has who did recorded", async () => {
    const gate = await startWatched({ watch: { rules: [scanRule("ban")] } });
    for (const from of [ATTACKER, OTHER]) await scan(gate.port, { from });
    await gate.seen("finding", ({ subject }) => subject.value === OTHER);
    const { ask, calls } = await startAdmin(gate);
    const first = await ask("/findings?limit=1");
    expect(first).toMatchObject({ findings: [{ subject: { value: OTHER } }], kept: 2 });
    const second = await ask(`/findings?cursor=${String(first["next"])}`);
    expect(second).toMatchObject({ findings: [{ subject: { value: ATTACKER } }], next: null });
    const { incident } = await gate.seen("finding", ({ subject }) => subject.value === ATTACKER);
    expect(await ask(`/findings/${incident}/undo`, "POST")).toEqual({
      undone: incident,
      lifted: ["the ban of 127.0.0.2/32"],
      already: false,
    });
    expect(calls.at(-1)).toMatchObject({
      name: "admin",
      method: "POST",
      status: 200,
      detail: "three-paths about address 127.0.0.2: lifted the ban of 127.0.0.2/32",
    });
    expect(await ask("/findings/unheard-of/undo", "POST")).toMatchObject({
      error: 'no finding "unheard-of" is known any more',
    });
    expect(await ask(`/incidents/${incident}`)).toMatchObject({
      type: "finding",
      undoneAt: expect.any(String),
    });
    expect(await ask("/watch")).toMatchObject({ mode: "enforce", warnings: [] });
    expect(await ask("/ready")).toEqual({ status: "ready", problems: [], warnings: [] });
    const { body } = await gate.gate.metricsText();
    expect(body).toMatch(
      /^sallyport_findings_total\{detector="three-paths",severity="medium",answer="ban",outcome="done"\} 2$/m,
    );
    expect(body).toMatch(/^sallyport_watch_keys\{detector="handshakeScan"\} \d+$/m);
  });
});
