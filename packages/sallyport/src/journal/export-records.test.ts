import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  messageFacts,
  NOON,
  readerOf,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { inertJson, toHar, toJsonLine } from "./export-records.ts";
import { searchJournal } from "./search-journal.ts";

/** What a terminal, a page or a spreadsheet could be made to do. */
const hostile = [
  "\u001b[2J\u001b]0;owned\u0007",
  "\u009b31m",
  "<script>alert(1)</script><!--",
  "\u202egnp.exe",
  "one\r\ntwo\u2028three\u0085four",
  '=HYPERLINK("https://evil.example","x")',
  "\ud800 alone",
  "\u{e0041}\ufeff",
  "x".repeat(1_000_000),
];

describe("inertJson", () => {
  it("is the same JSON, without anything that acts", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...hostile)), (text) => {
        const json = inertJson({ text });
        expect(JSON.parse(json)).toEqual({ text });
        expect(json).not.toMatch(/[\p{C}\p{Zl}\p{Zp}<>&]/u);
      }),
    );
    expect(inertJson({ text: "Grüße, 世界" })).toBe('{"text":"Grüße, 世界"}');
  });
});

describe("toJsonLine", () => {
  it("writes every record on one line, its content as text or in base64", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal, { ringBytes: 8 * 1024 * 1024 });
    const session = writer.intake.session(sessionFacts({ user: hostile[0] ?? "" }));
    for (const text of hostile.slice(0, 8)) session.message(messageFacts({ name: text }, text));
    const bytes = Uint8Array.of(0xff, 0x1b);
    session.message(messageFacts({ opcode: "binary", payload: { kind: "full", bytes } }));
    session.message(messageFacts({ payload: { kind: "digest", bytes } }));
    session.message(messageFacts());
    writer.intake.append(NOON, { type: "gate", level: "warn", message: hostile[2] ?? "" });
    writer.close();
    const lines = (await search(journal, { payloads: true })).map(toJsonLine).toReversed();
    expect(
      lines.every((line) => line.endsWith("}\n") && !/[\p{C}\p{Zl}\p{Zp}<>]/u.test(line.slice(0, -1))),
    ).toBe(true);
    const records = lines.map((line) => JSON.parse(line));
    const said = hostile.slice(0, 8).map((text) => text.toWellFormed());
    expect(records.slice(0, 8).map(({ content }) => content.text)).toEqual(said);
    expect(records[8]).toMatchObject({ type: "message", content: { base64: "/xs=" }, frame: 1, position: 8 });
    expect(records[9].content.base64).toHaveLength(24);
    expect(records[10]).not.toHaveProperty("content");
    expect(records[11]).toMatchObject({ type: "gate", message: hostile[2] });
  });
});

describe("toHar", () => {
  const creator = { name: "sallyport", version: "0.1.0" };

  it("writes sessions as the developer tools of browsers do, the oldest first", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const first = writer.intake.session(sessionFacts());
    const second = writer.intake.session(sessionFacts({ session: "s2" }));
    first.message(messageFacts({ time: NOON }, "hello <b>"));
    second.message(messageFacts({ time: NOON + 1, direction: "outbound", opcode: "binary" }, "ab"));
    first.message(messageFacts({ time: NOON + 500, direction: "outbound" }));
    writer.intake.append(NOON, { type: "gate", level: "info", message: "ready" });
    writer.close();
    const made = await toHar(searchJournal(readerOf(journal), { payloads: true }), creator);
    expect(made.ok && made.har).not.toContain("<b>");
    const { log } = JSON.parse(made.ok ? made.har : "{}");
    expect(log).toMatchObject({ version: "1.2", creator });
    expect(log.entries).toMatchObject([
      {
        startedDateTime: "2026-11-30T12:00:00.000Z",
        time: 500,
        response: { status: 101 },
        _resourceType: "websocket",
        _webSocketMessages: [
          { type: "send", time: NOON / 1000, opcode: 1, data: "hello <b>" },
          { type: "receive", opcode: 1, data: "" },
        ],
      },
      { _webSocketMessages: [{ type: "receive", opcode: 2, data: "YWI=" }] },
    ]);
  });

  it("refuses more than it holds", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    writer.intake.session(sessionFacts()).message(messageFacts());
    writer.close();
    const [found] = await search(journal);
    async function* many(): AsyncGenerator<NonNullable<typeof found>> {
      const payload = Buffer.alloc(64 * 1024 * 1024);
      for (let count = 0; count < 5; count++) if (found !== undefined) yield { ...found, payload };
    }
    expect(await toHar(many(), creator)).toMatchObject({ ok: false });
  });
});
