import { describe, expect, it } from "vitest";
import { benignTraffic } from "../../test/corpus/threat/benign/benign-traffic.ts";
import { createByteWalk } from "./threat-bytes.ts";
import { isHarmlessJson, mayThreatenJson, mayThreatenText, type FilteredText } from "./threat-prefilter.ts";

function filtered(text: string): FilteredText {
  const latin1 = Buffer.from(text).toString("latin1");
  return { latin1, isAscii: latin1 === text, bytes: () => Buffer.from(text) };
}

const attacks = [
  "<svg onload=alert(1)>",
  "' or 1=1--",
  '" or "a"="a',
  "; cat /etc/passwd",
  "../../x",
  "{{7*7}}",
  "http://127.0.0.1/",
  "1 union select 2",
];

describe("mayThreatenJson", () => {
  it.each(attacks)("stops at %s, also where JSON escapes it", (text) => {
    expect(mayThreatenJson(filtered(JSON.stringify({ text })))).toBe(true);
    const escaped = Array.from(text, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join(
      "",
    );
    expect(mayThreatenJson(filtered(`{"text":"${escaped}"}`))).toBe(true);
  });

  it("passes most harmless traffic at once", () => {
    const messages = [...benignTraffic(1, 300)];
    const stopped = messages.filter(({ text }) => mayThreatenJson(filtered(text)));
    expect(stopped.length / messages.length).toBeLessThan(0.2);
  });
});

describe("isHarmlessJson", () => {
  const walk = createByteWalk();

  it("is true of nothing that a closer look would stop at, and of most harmless traffic", () => {
    let told = 0;
    const texts = [
      ...attacks.map((text) => JSON.stringify({ text })),
      '{"a":"＜b"}',
      '{"a":"é"}',
      '{"a":"/*"}',
    ];
    const messages = [...benignTraffic(2, 300)].map(({ text }) => text);
    for (const text of [...texts, ...messages]) {
      const bytes = Buffer.from(text);
      const isAscii = bytes.length === text.length;
      const found = walk.walk(bytes, isAscii);
      if (found === null || !isHarmlessJson(found, isAscii)) continue;
      told++;
      expect([text, mayThreatenJson(filtered(text))]).toEqual([text, false]);
    }
    expect(told / messages.length).toBeGreaterThan(0.5);
  });

  it("is not told of a message with more signs than are counted", () => {
    const found = walk.walk(Buffer.from("<b".repeat(5000)), true);
    expect(found !== null && isHarmlessJson(found, true)).toBe(false);
  });
});

describe("mayThreatenText", () => {
  it("stops at full-width forms and look-alikes", () => {
    for (const text of ["＜script＞", "169。254", "..\u2215..", "a\u200bb"])
      expect(mayThreatenText(filtered(text))).toBe(true);
    expect(mayThreatenText(filtered("größe 今天吃什么"))).toBe(false);
  });

  it.each(attacks)("stops at %s", (text) => {
    expect(mayThreatenText(filtered(text))).toBe(true);
  });

  it.each([
    "hello, how are you?",
    "don't you think so (or not)?",
    "10:30 at O'Brien's",
    "https://example.com/a?b=c",
  ])("passes %s", (text) => {
    expect(mayThreatenText(filtered(text))).toBe(false);
  });
});
