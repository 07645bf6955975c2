import { describe, expect, it } from "vitest";
import { benignTraffic } from "../../test/corpus/threat/benign/benign-traffic.ts";
import { mayThreatenJson, mayThreatenText, type FilteredText } from "./threat-prefilter.ts";

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
