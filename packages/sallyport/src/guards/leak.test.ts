import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { CorpusRandom } from "../../test/corpus/leak/corpus-random.ts";
import { leakCorpus } from "../../test/corpus/leak/leak-corpus.ts";
import { makeGuard, problemsOf } from "../../test/handshake-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { facts, handle } from "../../test/recorded-session.ts";
import type { ConnectionGuard, MessageVerdict } from "./guard.ts";
import { leak } from "./leak.ts";
import { MAX_FINDINGS } from "./leak-scan.ts";

const card = "4111 1111 1111 1111";

function people(count: number): string {
  return Array.from({ length: count }, (_, index) => `p${index}@example.com`).join(", ");
}

async function opened(options: object): Promise<ConnectionGuard> {
  const guard = await makeGuard(leak, options);
  const connection = guard.open?.(facts, handle);
  if (connection === undefined) throw new TypeError("does not open");
  return connection;
}

function ask(connection: ConnectionGuard, text: string, now = 100, opcode = 1): MessageVerdict | undefined {
  return connection.message?.(messageFixture(text, { direction: "outbound", opcode }), now);
}

async function verdictOf(options: object, text: string): Promise<MessageVerdict | undefined> {
  return ask(await opened(options), text);
}

async function redacted(text: string, options: object = {}): Promise<string> {
  const verdict = await verdictOf({ action: "redact", ...options }, text);
  if (verdict?.verdict === "pass") return text;
  if (verdict?.verdict !== "replace") throw new Error(verdict?.verdict);
  return Buffer.from(verdict.payload).toString();
}

describe("leak", () => {
  it("records what it finds and where, with nothing of it, and lets it pass", async () => {
    expect(await verdictOf({}, `{"user":{"card":"${card}"}}`)).toEqual({
      verdict: "report",
      code: "leak.reported",
      detail: 'card: 1, first at "/user/card"',
      found: { card: 1 },
    });
    expect(await verdictOf({}, '{"text":"nothing"}')).toEqual({ verdict: "pass" });
  });

  it("hides values in place: as long as before, the last four of a card and all else as it was", async () => {
    expect(await redacted(`{"card":"${card}","n":[4111111111111111]}`)).toBe(
      '{"card":"**** **** **** 1111","n":[9999999999999999]}',
    );
    expect(await redacted(`42["paid",{"card":"${card}"}]`)).toBe('42["paid",{"card":"**** **** **** 1111"}]');
  });

  it("says that it rewrites what goes out where anything is hidden (RFC 7692 7.1.1)", async () => {
    const hidden = [{}, { action: "redact" }, { action: "close", detect: { cards: { action: "redact" } } }];
    const guards = await Promise.all(hidden.map((options) => makeGuard(leak, options)));
    expect(guards.map(({ rewrites }) => rewrites?.outbound)).toEqual([false, true, true]);
  });

  it("closes where it is told to, and reports under `observe` what it would have done", async () => {
    expect(await verdictOf({ action: "close" }, card)).toMatchObject({
      verdict: "close",
      code: "leak.closed",
    });
    const guard = await makeGuard(leak, { mode: "observe", action: "close" });
    expect(guard).toMatchObject({ mode: "observe", reads: { outbound: "bytes" } });
  });

  it("hides the password alone in the address of a database, and no placeholder (RFC 3986 3.2.1)", async () => {
    const detect = ["url-password"];
    expect(await redacted("postgres://app:hunter2x@db.example:5432/app", { detect })).toBe(
      "postgres://app:********@db.example:5432/app",
    );
    expect(await redacted(String.raw`{"url":"rediss:\/\/:s3cr3tish@cache"}`, { detect })).toBe(
      String.raw`{"url":"rediss:\/\/:*********@cache"}`,
    );
    for (const none of [
      "postgres://db.example/app",
      "mysql://app@db.example",
      "postgres://app:${DB_PASSWORD}@db.example",
      "postgres://user:password@host/app",
      "mongodb+srv://app:********@db.example",
      "redis: see https://a.example/x:yz@b",
    ])
      expect(await verdictOf({ detect }, none)).toEqual({ verdict: "pass" });
  });

  it("takes the strongest of the actions of what it found, and hides only what is to be hidden", async () => {
    const detect = { card: { action: "redact" }, iban: { action: "close" } };
    const email = "a@example.com";
    expect(await redacted(`${card} 10.1.2.3 ${email}`, { action: "report", detect })).toBe(
      `**** **** **** 1111 10.1.2.3 ${email}`,
    );
    expect(await verdictOf({ detect }, `${card} GB82WEST12345698765432`)).toMatchObject({ verdict: "close" });
  });

  it("looks for those detectors and groups alone that a list names, and for none that are `off`", async () => {
    expect(await verdictOf({ detect: ["accounts"] }, card)).toEqual({ verdict: "pass" });
    expect(await verdictOf({ detect: ["card"] }, card)).toMatchObject({ verdict: "report" });
    expect(await verdictOf({ detect: { cards: "off" } }, card)).toEqual({ verdict: "pass" });
  });

  it("acts from a threshold on, within its time, on each connection", async () => {
    const options = { detect: { card: { action: "close", threshold: { count: 3, within: "10s" } } } };
    const connection = await opened(options);
    expect(ask(connection, card, 0)).toEqual({ verdict: "pass" });
    expect(ask(connection, card, 1)).toEqual({ verdict: "pass" });
    expect(ask(connection, card, 10_000)).toEqual({ verdict: "pass" });
    expect(ask(connection, card, 10_001)).toEqual({ verdict: "pass" });
    expect(ask(connection, card, 10_002)).toMatchObject({ verdict: "close" });
    expect(ask(await opened(options), card, 10_003)).toEqual({ verdict: "pass" });
    expect(ask(await opened(options), `${card}, ${card}, ${card}`)).toMatchObject({ verdict: "close" });
  });

  it("takes addresses of persons for a leak from the twentieth within a minute on", async () => {
    const connection = await opened({});
    expect(ask(connection, people(19), 0)).toEqual({ verdict: "pass" });
    expect(ask(connection, people(1), 59_999)).toMatchObject({ verdict: "report" });
    expect(ask(connection, people(19), 60_000)).toEqual({ verdict: "pass" });
  });

  it("looks where its scope says, and wherever nobody can tell where something stands", async () => {
    const fields = { scope: { fields: ["/users/*/card"], except: ["/users/0"] } };
    expect(await verdictOf(fields, `{"users":[{},{"card":"${card}"}]}`)).toMatchObject({ verdict: "report" });
    expect(await verdictOf(fields, `{"users":[{"card":"${card}"}]}`)).toEqual({ verdict: "pass" });
    expect(await verdictOf(fields, `{"note":"${card}"}`)).toEqual({ verdict: "pass" });
    expect(await verdictOf(fields, card)).toMatchObject({
      verdict: "report",
      detail: "card: 1, first at byte 0",
    });
  });

  it("looks at messages of the names in its scope, and at those without parts", async () => {
    const guard = await makeGuard(leak, { scope: { names: ["receipt"] } });
    expect(guard.reads).toEqual({ outbound: "json" });
    const connection = guard.open?.(facts, handle);
    const say = (parts: readonly { name: string | null }[] | null): MessageVerdict | undefined =>
      connection?.message?.(
        { ...messageFixture(card), bytes: () => Buffer.from(card), parts: () => parts as never },
        0,
      );
    expect(say([{ name: "receipt" }])).toMatchObject({ verdict: "report" });
    expect(say([{ name: "chat" }, { name: null }])).toEqual({ verdict: "pass" });
    expect(say(null)).toMatchObject({ verdict: "report" });
    // The beginning of something that has no name yet.
    expect(say([])).toMatchObject({ verdict: "report" });
  });

  it("finds a team's own patterns, words and canaries, each with an action of its own", async () => {
    const options = {
      patterns: [{ name: "staff", pattern: "EMP-[0-9]{6}|x*", action: "redact" }],
      dictionaries: [{ name: "projects", words: ["bluebird\nredwood"], action: "close" }],
      canaries: ["5up3r-unique-value"],
    };
    expect(await redacted("id EMP-123456, ok", { ...options, action: "report" })).toBe("id ***-******, ok");
    expect(await verdictOf(options, "BlueBird ships")).toMatchObject({
      verdict: "close",
      detail: "dictionary projects: 1, first at byte 0",
    });
    expect(await verdictOf(options, "bluebirds ship")).toEqual({ verdict: "pass" });
    expect(await verdictOf(options, "see 5up3r-unique-value")).toMatchObject({
      verdict: "report",
      detail: "canary: 1, first at byte 4",
    });
  });

  it("names five detectors in a record, and counts the others", async () => {
    const text = `${card} GB82WEST12345698765432 12345678Z AB123456C 10.1.2.3 219-09-9998 ORA-00942: x`;
    const verdict = await verdictOf({}, text);
    expect(verdict).toMatchObject({ detail: expect.stringMatching(/; and 2 other detectors$/) as string });
    expect(Object.keys((verdict as { found: object }).found)).toHaveLength(7);
  });

  it("closes rather than hides a part of more values than it keeps count of", async () => {
    const text = `${card}, `.repeat(10_001);
    expect(await verdictOf({ action: "redact" }, text)).toMatchObject({
      verdict: "close",
      code: "leak.closed",
    });
  });

  it("shows no value in the path to another", async () => {
    const verdict = await verdictOf({}, `{"${card}":{"iban":"GB82WEST12345698765432"}}`);
    expect(JSON.stringify(verdict)).not.toMatch(/1111/);
  });

  it.each([
    ["an unknown detector", { detect: ["crd"] }, "expected a detector or a group"],
    ["no detector", { detect: [] }, "expected at least one detector"],
    [
      "a pattern that RE2 does not know",
      { patterns: [{ name: "a", pattern: "(?=a)" }] },
      "expected a regular expression",
    ],
    ["a field that is no pointer", { scope: { fields: ["user"] } }, "expected a JSON Pointer"],
    ["a canary that is a word, and does not repeat it", { canaries: ["bluebir"] }, "eight characters"],
    ["a name that would forge a record", { patterns: [{ name: "a b", pattern: "a" }] }, "expected a name"],
  ])("refuses %s", (_, options, message) => {
    expect(JSON.stringify(problemsOf(leak, options))).toContain(message);
  });
});

describe("leak, of values that are written in odd ways", () => {
  it.each([
    [
      "in escapes of JSON",
      String.raw`{"c":"\u0034\u0031\u0031\u0031 1111 1111 1111"}`,
      String.raw`{"c":"\u002a\u002a\u002a\u002a **** **** 1111"}`,
    ],
    [
      "in digits of full width",
      '{"c":"\uff14\uff11\uff11\uff11 1111 1111 1111"}',
      '{"c":"•••• **** **** 1111"}',
    ],
    [
      "with characters that nobody sees",
      '{"c":"4111\u200b1111\u200b1111\u200b1111"}',
      '{"c":"****•****•****•1111"}',
    ],
    [
      "with spaces that do not break",
      '{"c":"4111\u00a01111\u00a01111\u00a01111"}',
      '{"c":"****·****·****·1111"}',
    ],
    ["with dashes", '{"c":"4111-1111-1111-1111"}', '{"c":"****-****-****-1111"}'],
    ["as a number", '{"c":4111111111111111}', '{"c":9999999999999999}'],
    [
      "in JSON in JSON",
      String.raw`{"p":"{\"c\":\"4111111111111111\"}"}`,
      String.raw`{"p":"{\"c\":\"************1111\"}"}`,
    ],
    [
      "with escaped slashes",
      String.raw`{"u":"https:\/\/hooks.slack.com\/services\/T0123456789\/B0123456789\/abcdefghijkl0123456789AB"}`,
      String.raw`{"u":"https:\/\/hooks.slack.com\/********\/***********\/***********\/************************"}`,
    ],
  ])("are found and hidden: %s", async (_, text, hidden) => {
    expect(await redacted(text)).toBe(hidden);
    expect(Buffer.byteLength(hidden)).toBe(Buffer.byteLength(text));
    expect(() => JSON.parse(hidden) as unknown).not.toThrow();
  });

  it("are found and hidden in a binary message", async () => {
    const connection = await opened({ action: "redact" });
    const verdict = ask(connection, `\u0001\u0010card${card}\u0002`, 0, 2);
    expect(verdict).toMatchObject({ verdict: "pass" });
    const other = ask(connection, `\u0001\u0010${card}\u0002`, 0, 2);
    if (other?.verdict !== "replace") throw new Error(other?.verdict);
    expect(Buffer.from(other.payload).toString()).toBe("\u0001\u0010**** **** **** 1111\u0002");
  });

  it.each([
    ["over two messages", ["4111 1111", " 1111 1111"]],
    ["in base 64", [Buffer.from(card).toString("base64")]],
    ["in hexadecimal", [Buffer.from(card).toString("hex")]],
    ["with a separator behind each digit", [Array.from(card.replaceAll(" ", "")).join("_")]],
    ["spelled backwards", [Array.from("378282246310005").toReversed().join("")]],
    ["in words", ["four one one one, and twelve ones"]],
  ])("are not found, as docs/guards/leak.md says: %s", async (_, messages) => {
    const connection = await opened({ action: "close" });
    for (const message of messages) expect(ask(connection, message)).toEqual({ verdict: "pass" });
  });
});

describe("leak, over the corpus", () => {
  const { positives, benign } = leakCorpus("tuned");
  const random = new CorpusRandom(7);
  const some = positives.filter(() => random.between(0, 9) === 0);

  it("hides so that the message parses as before, differs in nothing else, and holds nothing any more", async () => {
    const connection = await opened({
      action: "redact",
      detect: { email: { threshold: { count: 1, within: "1s" } } },
    });
    const wrong: string[] = [];
    for (const { message, detector } of some) {
      const verdict = ask(connection, message);
      if (verdict?.verdict !== "replace") throw new Error(`${detector}: ${message}`);
      const after = Buffer.from(verdict.payload).toString();
      const isJson = parses(message.replace(/^42/, ""));
      if (verdict.payload.length !== Buffer.byteLength(message)) wrong.push(`length: ${after}`);
      if (isJson && !parses(after.replace(/^42/, ""))) wrong.push(`no JSON: ${after}`);
      if (ask(connection, after)?.verdict !== "pass") wrong.push(`${detector}: ${after}`);
    }
    expect(wrong).toEqual([]);
    expect(some.length).toBeGreaterThan(500);
  });

  it("tells nothing of what it found", async () => {
    const connection = await opened({});
    // Whatever is long enough to be a part of a value, has a digit, and is in the message.
    const told = some.filter(({ message }) => {
      const record = JSON.stringify(ask(connection, message));
      return (message.match(/[0-9A-Za-z+/]{10,}/g) ?? []).some(
        (part) => /\d/.test(part) && record.includes(part),
      );
    });
    expect(told).toEqual([]);
  });

  it("lets benign traffic pass", async () => {
    const connection = await opened({ action: "close" });
    const stopped = benign.filter(
      ({ message }, index) => ask(connection, message, index * 60_000)?.verdict !== "pass",
    );
    expect(stopped.length / benign.length).toBeLessThan(0.005);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("leak, for who keeps contents", () => {
  it("hides all that it looks for, whatever it does about it and wherever, and says where that is too much", async () => {
    const guard = await makeGuard(leak, { action: "report", scope: { except: ["/ok"] } });
    const conceal = (text: string): string | null => {
      const hidden = guard.conceal?.(Buffer.from(text), true) ?? null;
      return hidden === null ? null : Buffer.from(hidden).toString();
    };
    expect(conceal("nothing")).toBe("nothing");
    expect(conceal(`{"ok":"${card}"}`)).toBe('{"ok":"**** **** **** 1111"}');
    expect(conceal(people(MAX_FINDINGS))).toBeNull();
  });

  it("finds what stands behind more escapes than it tells finds", async () => {
    const guard = await makeGuard(leak, { action: "redact" });
    const text = `{"a":"${"\\u0022\\u00e9".repeat(MAX_FINDINGS)}","b":"${card}"}`;
    const hidden = guard.conceal?.(Buffer.from(text), true) ?? new Uint8Array(0);
    expect(Buffer.from(hidden).toString().slice(-30)).toContain("**** **** **** 1111");
  });
});
