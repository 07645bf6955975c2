import { Buffer } from "node:buffer";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { arrivalOf, byNobody, byToken, RecordedJournal } from "../../test/recorded-journal.ts";
import { main } from "./main.ts";

const chat = {
  path: "/chat",
  upstream: "ws://127.0.0.1:3000",
  origin: { allow: ["https://app.example.com"] },
  identity: {
    jwt: { issuer: "https://id.example.com", audience: "chat", jwks: "https://id.example.com/jwks.json" },
  },
};

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The lines of `--json`. */
  readonly lines: readonly Record<string, unknown>[];
  readonly summary: Record<string, unknown> & { readonly routes: Record<string, Record<string, number>> };
}

async function call(journal: RecordedJournal, ...argv: readonly string[]): Promise<Outcome> {
  let [out, err] = ["", ""];
  await journal.flush();
  const given = argv.includes("--reason") || argv.includes("--no-reason") ? [] : ["--reason", "a test"];
  const code = await main(["test", "--journal", ...argv.filter((one) => one !== "--no-reason"), ...given], {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    colour: false,
    directory: journal.directory,
  });
  const lines = argv.includes("--json")
    ? out
        .trim()
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
  return { code, out, err, lines, summary: lines.at(-1) };
}

/** Plays the journal to another policy of the chat; answers its lines of JSON. */
async function tried(journal: RecordedJournal, route: object, ...argv: readonly string[]): Promise<Outcome> {
  return await call(journal, journal.config("next.yaml", { ...chat, ...route }), "--json", ...argv);
}

describe("testJournal", () => {
  it("finds nothing where the policy is the one that was in force", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    journal.message("s1", 1, '{"type":"join"}');
    journal.message("s1", 2, '{"type":"joined"}', { direction: "outbound" });
    journal.closed("s1", 3);
    const { code, out, err } = await call(journal);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^\/chat +1 +1 +2 +0 +0 +0 +0$/m);
    expect(out).toContain("nothing that passed then is refused now\n");
  });

  it("shows a message that the policy refuses, and that what comes after it would not have come", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    journal.message("s1", 1, '{"type":"join"}');
    journal.message("s1", 2, '{"type":"leave","why":"\\u001b[31m"}');
    journal.message("s1", 3, '{"type":"join"}');
    const permission = {
      otherwise: "deny",
      rules: [{ when: "has(message.type)", allow: 'message.type == "join"' }],
    };
    const { code, lines, summary } = await tried(journal, { permission });
    expect(code).toBe(1);
    expect(lines[0]).toMatchObject({
      change: "refused",
      what: "message",
      session: "s1",
      sequence: 2,
      time: "2025-11-30T12:00:02.000Z",
      direction: "inbound",
      guard: "permission",
      code: "permission.message",
    });
    expect(summary.routes["/chat"]).toMatchObject({ messages: 3, refused: 1, cutOff: 1, notOnContent: 0 });
  });

  it("says in words what is refused, with what a person needs to find it", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    journal.message("s1", 1, "x".repeat(100));
    const next = journal.config("next.yaml", { ...chat, messageSize: { inbound: "64B" } });
    const { code, out } = await call(journal, next);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^refused now +2025-11-30T12:00:01.000Z {2}session s1 message 1, inbound, alice at 192.0.2.1 {2}messageSize\.bytes: /m,
    );
    expect(out).toContain("1 refused now that passed then\n");
  });

  it("judges handshakes by their origin, as the caller was known then", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1", 0, { origin: "https://old.example.com" });
    journal.message("s1", 1, "{}");
    journal.open("s2", 2);
    const { code, lines, summary } = await tried(journal, {});
    expect(code).toBe(1);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      what: "handshake",
      session: "s1",
      code: "origin.foreign",
      sequence: null,
    });
    expect(summary.routes["/chat"]).toMatchObject({ sessions: 2, handshakes: 2, refused: 1, cutOff: 1 });
  });

  it("judges handshakes by the rights of the caller to connect", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    journal.open("s2", 1, { user: "mallory" });
    const permission = { otherwise: "deny", rules: [{ allow: 'identity.user == "alice"' }] };
    const { lines } = await tried(journal, { permission });
    expect(lines[0]).toMatchObject({ session: "s2", user: "mallory", code: "permission.connect" });
    expect(lines).toHaveLength(2);
  });

  it("refuses who was anonymous where somebody must be known now", async () => {
    await using journal = await RecordedJournal.create({ ...chat, identity: "anonymous" });
    const arrival = arrivalOf(byNobody);
    journal.open("s1", 0, { user: null, arrival });
    expect((await tried(journal, {})).lines[0]).toMatchObject({
      what: "handshake",
      code: "identity.missing",
    });
    expect((await tried(journal, { identity: "anonymous" })).code).toBe(0);
  });

  it("takes a caller with a ticket where the route takes tickets", async () => {
    await using journal = await RecordedJournal.create(chat);
    const caller = { ...byToken, credential: "ticket" };
    const arrival = arrivalOf(caller);
    journal.open("s1", 0, { arrival });
    journal.open("s2", 1, { arrival });
    expect(await tried(journal, { ticket: "require" })).toMatchObject({ code: 0 });
    expect((await tried(journal, { ticket: "off" })).lines[0]).toMatchObject({ code: "identity.missing" });
  });

  it("shows a handshake that was refused and no longer is; one of whom nobody knew is not judged", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.refused(0);
    journal.refused(1, {
      user: null,
      arrival: { kind: "websocket", host: "app.example.com", secure: false, cookie: false, caller: null },
    });
    journal.refused(2, { origin: "https://worse.example" });
    journal.refused(3, { guard: "upstream", code: "upstream.refused" });
    const origin = { allow: ["https://app.example.com", "https://evil.example"] };
    const { code, lines, summary } = await tried(journal, { origin });
    expect(code).toBe(0);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      change: "no-longer-refused",
      what: "handshake",
      session: null,
      code: "origin.foreign",
    });
    expect(summary.routes["/chat"]).toMatchObject({
      handshakes: 2,
      handshakesNotJudged: 1,
      stillRefused: 1,
      noLongerRefused: 1,
    });
  });

  it("shows a message that was refused and passes now, and counts what is refused then and now", async () => {
    await using journal = await RecordedJournal.create({ ...chat, messageSize: { inbound: "64B" } });
    const refusal = { verdict: "close", code: "messageSize.bytes", incident: "i2" } as const;
    journal.open("s1");
    journal.message("s1", 1, undefined, { size: 100, ...refusal });
    journal.closed("s1", 1, { closedBy: "gate", closeCode: 1009 });
    journal.open("s2", 5);
    journal.message("s2", 6, undefined, { size: 1000, ...refusal });
    journal.closed("s2", 6, { closedBy: "gate", closeCode: 1009 });
    const { code, lines, summary } = await tried(journal, { messageSize: { inbound: "128B" } });
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({
      change: "no-longer-refused",
      session: "s1",
      sequence: 1,
      code: "messageSize.bytes",
    });
    expect(summary.routes["/chat"]).toMatchObject({
      refused: 0,
      stillRefused: 1,
      noLongerRefused: 1,
      notOnContent: 2,
    });
  });

  it("judges a message without its content by its size and its rate, and by nothing that would have to read it", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    for (let second = 1; second <= 20; second++) journal.message("s1", second, undefined, { size: 50 });
    const reading = {
      permission: { otherwise: "deny", rules: [{ when: "has(message.type)", allow: "false" }] },
      threat: {},
      messageRate: { perConnection: "100/s", rules: [{ when: 'message.type == "x"', rate: "1/m" }] },
    };
    const { code, summary } = await tried(journal, reading);
    expect(summary.routes["/chat"]).toMatchObject({ messages: 20, notOnContent: 20, refused: 0 });
    expect(code).toBe(0);
    expect((await tried(journal, { ...reading, messageSize: { inbound: "40B" } })).lines[0]).toMatchObject({
      code: "messageSize.bytes",
    });
  });

  it("judges rates by the times at which messages came", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    for (let second = 1; second <= 60; second++) journal.message("s1", second, "{}");
    expect(await tried(journal, { messageRate: { perConnection: "2/s" } })).toMatchObject({ code: 0 });
    const { lines } = await tried(journal, { messageRate: { perConnection: "1/m", burst: 1 } });
    expect(lines[0]).toMatchObject({ change: "refused", code: "messageRate.messages", session: "s1" });
  });

  it("does not go on in a dialect that it has not heard from its beginning, and says so", async () => {
    await using journal = await RecordedJournal.create(chat);
    const dialect = "graphql-transport-ws";
    const init = '{"type":"connection_init"}';
    const acknowledged = '{"type":"connection_ack"}';
    const subscribe = '{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}';
    journal.open("s1", 0, { subprotocol: dialect });
    journal.message("s1", 1, init);
    journal.message("s1", 2, acknowledged, { direction: "outbound" });
    journal.message("s1", 3, subscribe);
    // The content of the first was not kept.
    journal.open("s2", 4, { subprotocol: dialect });
    journal.message("s2", 5, undefined, { size: init.length });
    journal.message("s2", 6, acknowledged, { direction: "outbound" });
    journal.message("s2", 7, subscribe);
    const { code, summary } = await tried(journal, { dialect });
    expect(code).toBe(0);
    expect(summary.routes["/chat"]).toMatchObject({ messages: 6, notOnContent: 3, refused: 0 });
  });

  it("says which guards are not asked, since what they need is not recorded", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    journal.message("s1", 1, "{}");
    const permission = { otherwise: "deny", rules: [{ allow: '"admin" in identity.claims.groups' }] };
    const messageToken = { pointer: "/token" };
    const messageRate = { rules: [{ when: "has(identity.claims.slow)", rate: "1/m" }] };
    const { code, summary } = await tried(journal, { permission, messageToken, messageRate });
    expect(code).toBe(0);
    expect(summary["notes"]).toEqual([
      expect.stringMatching(/^rules of messageRate of \/chat that read claims are not asked/),
      expect.stringMatching(/^messageToken of \/chat is not asked/),
      expect.stringMatching(/^permission of \/chat is not asked/),
    ]);
  });

  it("judges by claims where somebody gives them, and says whose it does not have", async () => {
    await using journal = await RecordedJournal.create(chat);
    for (const [session, user] of [
      ["s1", "alice"],
      ["s2", "bob"],
      ["s3", "carol"],
    ] as const) {
      journal.open(session, 0, { user });
      journal.message(session, 1, '{"room":"attic"}');
    }
    const rules = [
      { name: "members", allow: '"chat" in identity.claims.groups' },
      { name: "own rooms", when: "has(message.room)", allow: "message.room in identity.claims.rooms" },
    ];
    const claims = { alice: { groups: ["chat"], rooms: ["cellar"] }, bob: { groups: [] } };
    writeFileSync(join(journal.directory, "claims.json"), JSON.stringify(claims));
    const permission = { otherwise: "deny", rules };
    const { code, lines, summary } = await tried(journal, { permission }, "--claims", "claims.json");
    expect(code).toBe(1);
    expect(lines.slice(0, -1)).toMatchObject([
      { session: "s1", what: "message", sequence: 1, code: "permission.message" },
      { session: "s2", what: "handshake", code: "permission.connect" },
    ]);
    expect(summary["notes"]).toEqual([]);
    expect(summary.routes["/chat"]).toMatchObject({ withoutClaims: 1, refused: 2, cutOff: 1 });
    writeFileSync(join(journal.directory, "claims.json"), '{"alice":"admin"}');
    const wrong = await tried(journal, { permission }, "--claims", "claims.json");
    expect([wrong.code, wrong.out]).toEqual([2, ""]);
    expect(wrong.err).toContain("--claims: expected a file with a mapping of users to their claims");
  });

  it("asks no rule about who sends a message where the handshake is not in the journal", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.message("s1", 1, '{"type":"join"}');
    const rule = { direction: "inbound", allow: 'request.origin == "https://app.example.com"' };
    const { code, summary } = await tried(journal, { permission: { otherwise: "deny", rules: [rule] } });
    expect(code).toBe(0);
    expect(summary.routes["/chat"]).toMatchObject({ partial: 1, refused: 0 });
  });

  it("judges what `leak` had cut by everything but `leak`", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    const content = { kind: "redacted", bytes: Buffer.from('{"card":"[redacted]","type":"x"}') } as const;
    const facts = {
      size: 40,
      payload: content,
      direction: "outbound",
      verdict: "replace",
      code: "leak.redacted",
    } as const;
    journal.message("s1", 1, undefined, facts);
    const rules = [{ direction: "outbound", when: "has(message.type)", allow: "false" }];
    const leak = { action: "close", patterns: [{ name: "cut", pattern: "redacted" }] };
    expect(await tried(journal, { leak })).toMatchObject({ code: 0 });
    const { lines, summary } = await tried(journal, { leak, permission: { otherwise: "allow", rules } });
    expect(lines[0]).toMatchObject({ change: "refused", code: "permission.message" });
    expect(summary.routes["/chat"]).toMatchObject({ redacted: 1, notOnContent: 0 });
  });

  it("tells of a message that `leak` would change now, which refuses nothing", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    journal.message("s1", 1, '{"card":"4111 1111 1111 1111"}', { direction: "outbound" });
    const { code, lines } = await tried(journal, { leak: { action: "redact" } });
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({ change: "replaced", guard: "leak", sequence: 1 });
    expect(JSON.stringify(lines)).not.toContain("4111");
  });

  it("shows a connection that a timer would have ended while messages still came", async () => {
    await using journal = await RecordedJournal.create(chat);
    const caller = { ...byToken, until: "2025-11-30T12:01:00.000Z" };
    const arrival = arrivalOf(caller);
    journal.open("s1", 0, { arrival });
    journal.message("s1", 1, "{}");
    journal.message("s1", 300, "{}");
    const { code, lines } = await tried(journal, {});
    expect(code).toBe(1);
    expect(lines[0]).toMatchObject({ what: "connection", session: "s1", sequence: 2, code: "expiry.token" });
    // It was renewed in time.
    await using renewed = await RecordedJournal.create(chat);
    const { route, address, user } = { route: "/chat", address: "192.0.2.1", user: "alice" };
    renewed.open("s1", 0, { arrival });
    renewed.event(30, {
      type: "refresh",
      session: "s1",
      route,
      address,
      user,
      until: "2025-11-30T13:00:00.000Z",
    });
    renewed.message("s1", 300, "{}");
    expect((await tried(renewed, {})).code).toBe(0);
  });

  it("counts messages that were shed, and connections that are not seen to begin or to end", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.message("s0", 0, "{}");
    journal.open("s1", 1);
    journal.event(2, { type: "journal", what: "shed", records: 7, bytes: 70, from: 0, to: 1 });
    journal.event(3, { type: "journal", what: "started", detail: "process 2" });
    journal.open("s2", 4);
    const { code, summary } = await tried(journal, {});
    expect(code).toBe(0);
    expect(summary.routes["/chat"]).toMatchObject({ sessions: 3, partial: 1 });
    expect(summary["journal"]).toMatchObject({ shed: 7, unended: 2, open: 1 });
    // Whoever reads opens the journal anew where no gate runs: then nobody is connected any more.
    await journal.stop();
    expect((await tried(journal, {})).summary["journal"]).toMatchObject({ unended: 3, open: 0 });
  });

  it("plays what was asked for: since a time, a session, a route", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1", 0, { origin: "https://old.example.com" });
    journal.message("s1", 1, "xx");
    journal.open("s2", 100);
    journal.message("s2", 101, "x".repeat(100));
    const stricter = { messageSize: { inbound: "1B" } };
    const { summary } = await tried(journal, stricter, "--session", "s2");
    expect(summary.routes["/chat"]).toMatchObject({ sessions: 1, messages: 1 });
    const later = await tried(journal, stricter, "--since", "2025-11-30T12:01:00Z");
    expect(later.summary.routes["/chat"]).toMatchObject({ sessions: 1, messages: 1, refused: 1 });
    const elsewhere = await tried(journal, stricter, "--route", "/other");
    expect([elsewhere.code, elsewhere.err]).toEqual([
      2,
      "there is no recorded traffic in what was asked for\n",
    ]);
  });

  it("knows who had connected before the time that is asked for", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1", 0);
    journal.message("s1", 1, "{}");
    journal.message("s1", 100, '{"type":"join"}');
    const permission = {
      otherwise: "allow",
      rules: [{ direction: "inbound", allow: 'identity.user != "alice"' }],
    };
    const { lines, summary } = await tried(journal, { permission }, "--since", "2025-11-30T12:01:00Z");
    expect(lines[0]).toMatchObject({ session: "s1", sequence: 2, code: "permission.message" });
    expect(summary.routes["/chat"]).toMatchObject({ sessions: 1, partial: 1, messages: 1, shed: 0 });
  });

  it("reads no content without a reason, and plays no policy that has problems", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    const silent = await call(journal, "--no-reason");
    expect([silent.code, silent.out]).toEqual([2, ""]);
    expect(silent.err).toContain("--reason TEXT");
    const broken = await tried(journal, { origin: { allow: [] } });
    expect([broken.code, broken.out]).toEqual([2, ""]);
    expect(broken.err).toContain("routes[0].origin.allow");
  });

  it("shows a hundred changes of a route in words, and says how many more there are", async () => {
    await using journal = await RecordedJournal.create(chat);
    for (let index = 0; index < 105; index++) {
      journal.open(`s${index}`, index, { user: `u${index}` });
      journal.message(`s${index}`, index, "x".repeat(index === 3 ? 1 : 100));
      journal.closed(`s${index}`, index);
    }
    const next = journal.config("next.yaml", { ...chat, messageSize: { inbound: "64B" } });
    const { code, out } = await call(journal, next);
    expect(code).toBe(1);
    expect(out.match(/^refused now /gm)).toHaveLength(100);
    expect(out).toContain("… and 4 more on /chat: --json shows all\n");
    expect(out).toContain("104 refused now that passed then\n");
  });

  it("judges what the key of the reader opens, and records that it was read", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    journal.message("s1", 1, "x".repeat(100));
    await journal.flush();
    const terminal = { out: () => {}, err: () => {}, colour: false, directory: journal.directory };
    expect(await main(["journal", "grant", "viewer", "--to", "viewer.key"], terminal)).toBe(0);
    const threat = { threat: {}, messageSize: { inbound: "1KiB" } };
    const { code, summary } = await tried(journal, threat, "--key", "viewer.key", "--reason", "just looking");
    expect(code).toBe(0);
    expect(summary.routes["/chat"]).toMatchObject({ messages: 1, notOnContent: 1 });
    let out = "";
    await main(["journal", "search", "--text", "just looking", "--json"], {
      ...terminal,
      out: (text) => void (out += text),
    });
    const [read] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(read).toMatchObject({ what: "read", role: "viewer", command: "test", reason: "just looking" });
  });

  it("writes what peers wrote so that it acts on no terminal", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1", 0, { user: "ann\u001b[2J", origin: "https://\u001b]0;x\u0007" });
    const next = journal.config("next.yaml", { ...chat, messageSize: { inbound: "64B" } });
    for (const argv of [[next], [next, "--json"]]) {
      const { code, out } = await call(journal, ...argv);
      expect(code).toBe(1);
      // eslint-disable-next-line no-control-regex
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });

  it("says what is wrong with what was written", async () => {
    await using journal = await RecordedJournal.create(chat);
    expect((await call(journal, "a.yaml", "b.yaml")).err).toContain("expected one file");
    expect((await call(journal, "--since", "yesterday")).err).toContain("--since: expected a time");
    let err = "";
    const terminal = {
      out: () => {},
      err: (text: string) => void (err += text),
      colour: false,
      directory: journal.directory,
    };
    expect(await main(["test", "--payload-keys", "x", "a.test.yaml"], terminal)).toBe(2);
    expect(err).toContain("--payload-keys goes with --journal");
    expect(await main(["test"], terminal)).toBe(2);
    expect(err).toContain("missing required argument 'file'");
  });
});
