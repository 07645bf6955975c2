import { describe, expect, it } from "vitest";
import { type RecordedChange, RecordedTally } from "./recorded-changes.ts";
import { changeJson, changeLine, resultJson, resultText } from "./recorded-report.ts";

const plain = { colour: false };
const terminal = { ...plain, out: () => {}, err: () => {}, directory: "/" };
const change: RecordedChange = {
  change: "refused",
  what: "message",
  session: "s1",
  route: "/chat",
  user: "ann",
  address: "192.0.2.1",
  sequence: 4,
  time: Date.UTC(2026, 10, 30, 12),
  direction: "inbound",
  guard: "permission",
  code: "permission.message",
  detail: "rule 1\nand more",
};
const findings = { shed: 0, unended: 0, open: 0, records: 9 };

describe("changeLine", () => {
  it("says what, when, whose and why, in one line", () => {
    expect(changeLine(change, plain)).toBe(
      "refused now        2026-11-30T12:00:00.000Z  session s1 message 4, inbound, ann at 192.0.2.1  permission.message: rule 1\n",
    );
  });

  it("names a handshake that opened nothing, and one of nobody", () => {
    const handshake = { ...change, what: "handshake", session: null, user: null, detail: "" } as const;
    expect(changeLine({ ...handshake, change: "no-longer-refused" }, plain)).toBe(
      "no longer refused  2026-11-30T12:00:00.000Z  handshake, nobody known at 192.0.2.1  permission.message\n",
    );
    expect(changeLine({ ...handshake, what: "connection", code: null }, plain)).toContain(
      "  connection, nobody known",
    );
  });

  it("lets nothing of a peer's act on a terminal, or fill it", () => {
    const line = changeLine({ ...change, user: "\u001b[31m", detail: "x".repeat(10_000) }, plain);
    expect(line).toContain("\\u001b[31m at");
    expect(line.length).toBeLessThan(500);
  });
});

describe("changeJson", () => {
  it("is one line that holds everything", () => {
    const line = changeJson({ ...change, user: "<b>\u2028" });
    expect(line).not.toMatch(/[<\u2028]/);
    expect(JSON.parse(line)).toMatchObject({
      type: "change",
      sequence: 4,
      user: "<b>\u2028",
      time: "2026-11-30T12:00:00.000Z",
    });
  });
});

describe("resultText", () => {
  it("says of everything that could not be judged how much it was, and of nothing else", () => {
    const tally = new RecordedTally(() => {});
    Object.assign(tally.of("/chat"), { sessions: 2, notOnContent: 3, shed: 1 });
    Object.assign(tally.of(null), { notOnContent: 4 });
    const text = resultText({ tally, findings, notes: ["a note"] }, terminal);
    expect(text).toMatch(/^\/chat +2 /m);
    expect(text).toMatch(/^- +0 /m);
    const told = text.split("\n").filter((line) => line.startsWith("· "));
    expect(told).toEqual([
      expect.stringMatching(/^· messages judged by size and rate alone: 7 \(their content/),
      expect.stringMatching(/^· messages missing: 1 \(/),
      "· a note",
    ]);
    expect(text).toContain("nothing that passed then is refused now\n");
  });
});

describe("resultJson", () => {
  it("is not ok where something is refused that passed", () => {
    const tally = new RecordedTally(() => {});
    const parsed = (): unknown => JSON.parse(resultJson({ tally, findings, notes: [] }));
    tally.changed({ ...change, change: "no-longer-refused" });
    tally.changed({ ...change, change: "replaced" });
    expect(parsed()).toMatchObject({
      ok: true,
      routes: { "/chat": { noLongerRefused: 1, replaced: 1, refused: 0 } },
    });
    tally.changed({ ...change, route: null });
    expect(parsed()).toMatchObject({ ok: false, routes: { "-": { refused: 1 } } });
  });
});
