import { describe, expect, it } from "vitest";

import { hostileTexts } from "../hostile-texts.ts";
import { messageFacts, NOON, sessionFacts } from "../journal-fixture.ts";
import { type CalledJournal, calledJournal, thatTime } from "./journal-call.ts";

/** Whatever moves a cursor, hides, turns the direction, or ends a line; not the line feeds that are ours. */
const ACTS = /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** The first that acts, and what stands round it: whole outputs would fill the report of a failure. */
function acting(text: string, acts: RegExp = ACTS): string | null {
  const at = text.search(acts);
  return at < 0 ? null : JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
}

/** Every hostile text in every place that a peer could fill. */
async function recordHostile(called: CalledJournal): Promise<void> {
  const writer = await called.writer();
  hostileTexts.forEach((text, at) => {
    const user = text.slice(0, 5000);
    const facts = { session: `s${at}`, route: "/chat", address: "192.0.2.1", user };
    const incident = `i${at}`;
    const page = { path: user, origin: user };
    writer.intake.append(NOON, { type: "open", ...facts, ...page, subprotocol: user });
    const session = writer.intake.session(sessionFacts(facts));
    session.message(messageFacts({ name: user }, text.slice(0, 60_000)));
    session.message(messageFacts({}, JSON.stringify({ [user]: [user] })));
    session.message(messageFacts({ payload: { kind: "redacted", bytes: Buffer.from(user, "utf16le") } }));
    session.message(messageFacts({ opcode: "binary", payload: { kind: "full", bytes: Buffer.from(user) } }));
    const code = "leak.closed";
    const decided = { verdict: "close", incident, guard: "leak", code, direction: "inbound" } as const;
    writer.intake.append(NOON, { type: "decision", ...facts, ...decided, detail: user });
    writer.intake.append(NOON, { type: "gate", level: "warn", message: user, detail: user });
    writer.commit();
  });
  writer.close();
  await called.gate();
}

describe("hostile content", () => {
  it("never acts on a terminal, in whatever command shows it (CWE-150)", async () => {
    const called = calledJournal();
    await recordHostile(called);
    const calls = [
      ["search"],
      ["search", "--json"],
      ["search", "--user", hostileTexts[0] ?? ""],
      ["tail", "--lines", "500"],
      ["show", "\u001b[2J"],
      ["verify"],
      ["search", "--guard", "\u001b[2J"],
      ["erase", "--user", "\u001b[2J"],
      ["prove", "i0", "--reveal", "--reason", "r"],
      ...hostileTexts.flatMap((_, at) => [
        ["show", `s${at}`, "--reason", "\u001b[2J", "--full"],
        ["show", `s${at}`, "--json", "--reason", "r"],
      ]),
    ];
    for (const argv of calls) {
      const { out, err } = await called.call(...argv);
      expect(acting(out)).toBeNull();
      expect(acting(err)).toBeNull();
      expect(out.length + err.length).toBeGreaterThan(0);
    }
  });

  it("is still told apart from what it pretends to be", async () => {
    const called = calledJournal();
    await recordHostile(called);
    const { out } = await called.call("search", ...thatTime);
    const found = out.split("\n").slice(0, -1);
    expect(found.every((line) => /^2026-11-30T12:00:00.000Z \d+:\d+ +[→←·] /.test(line))).toBe(true);
    expect(out.includes("\\u001b[2J")).toBe(true);
  });

  it("is not longer in a line than a person reads", async () => {
    const called = calledJournal();
    await recordHostile(called);
    const { out } = await called.call("search", ...thatTime);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThan(8000);
    const last = `s${hostileTexts.length - 1}`;
    const shown = await called.call("show", last, "--reason", "r");
    expect(Math.max(...shown.out.split("\n").map((line) => line.length))).toBeLessThan(8000);
    expect(shown.out.includes("characters more)")).toBe(true);
  });

  it("never acts in an export: no markup, no control, no formula (CWE-79, CWE-1236)", async () => {
    const called = calledJournal();
    await recordHostile(called);
    for (const format of ["jsonl", "har"]) {
      const { code, out } = await called.call("export", ...thatTime, "--format", format, "--reason", "r");
      expect(code).toBe(0);
      expect(acting(out, /(?!\n)[\p{C}\p{Zl}\p{Zp}<>&]/u)).toBeNull();
      for (const json of format === "har" ? [out] : out.split("\n").slice(0, -1)) JSON.parse(json);
    }
    const { out } = await called.call("export", ...thatTime, "--format", "csv", "--reason", "r");
    expect(acting(out.replaceAll("\r\n", ""))).toBeNull();
    const rows = out.split("\r\n").slice(0, -1);
    expect(rows).toHaveLength(1 + hostileTexts.length * 7);
    for (const separator of [",", ";", "\t"]) {
      const cells = rows.flatMap((row) => row.split(separator));
      expect(cells.filter((cell) => /^[\s"]*[=+\-@＝＋－＠]/u.test(cell))).toEqual([]);
    }
  });
});
