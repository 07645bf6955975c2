import { describe, expect, it } from "vitest";
import { benignTraffic } from "../../test/corpus/threat/benign/benign-traffic.ts";
import { mayThreatenJson, mayThreatenText } from "./threat-prefilter.ts";

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
    expect(mayThreatenJson(JSON.stringify({ text }))).toBe(true);
    const escaped = [...text]
      .map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("");
    expect(mayThreatenJson(`{"text":"${escaped}"}`)).toBe(true);
  });

  it("passes most harmless traffic at once", () => {
    const messages = [...benignTraffic(1, 300)];
    const stopped = messages.filter(({ text }) => mayThreatenJson(Buffer.from(text).toString("latin1")));
    expect(stopped.length / messages.length).toBeLessThan(0.2);
  });
});

describe("mayThreatenText", () => {
  it.each(attacks)("stops at %s", (text) => {
    expect(mayThreatenText(text)).toBe(true);
  });

  it.each([
    "hello, how are you?",
    "don't you think so (or not)?",
    "10:30 at O'Brien's",
    "https://example.com/a?b=c",
  ])("passes %s", (text) => {
    expect(mayThreatenText(text)).toBe(false);
  });
});
