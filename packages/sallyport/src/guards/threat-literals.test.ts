import { describe, expect, it } from "vitest";
import { neededTexts } from "./threat-literals.ts";
import { threatSignatures } from "./threat-signatures.ts";

const digits = Array.from("0123456789");

describe("neededTexts", () => {
  it.each([
    ["sleep\\s{0,8}\\(", [["sleep"], ["("]]],
    ["(?:drop|alter) table", [["drop table", "alter table"]]],
    ["^xp_(?:cmd|reg)?x$", [["xp_x", "xp_cmdx", "xp_regx"]]],
    ["a{2}b", [["a"], ["b"]].toReversed()],
    ["[0-9]{1,6}!", [["!"], digits]],
    ["\\d{2,}!", [["!"], digits]],
    ["\\x41\\u0042\\n\\r\\t\\$", [["ab\n\r\t$"]]],
    ["['\"]x+?y*z?", [["'", '"'], ["x"]]],
    ["(?:abc)*(?:de){0,3}", []],
    ["abc|\\w", []],
    [".[^a][a-z]\\s", []],
    ["(?:abcd|abc)", [["abc"]]],
  ])("finds what every match of %s holds", (pattern, needed) => {
    const found = neededTexts(pattern);
    for (const clause of needed)
      expect(found.map((texts) => [...texts].toSorted())).toContainEqual([...clause].toSorted());
    expect(found.length).toBe(needed.length);
  });

  it("follows no more texts than it may", () => {
    const many = Array.from({ length: 65 }, (_, index) => `w${index}x`).join("|");
    expect(neededTexts(`(?:${many})`)[0]).toHaveLength(65);
    expect(neededTexts(`(?:${many.split("|").slice(0, 40).join("|")})(?:a|b)`).length).toBeGreaterThan(0);
  });

  it("is right about every example of every signature", () => {
    for (const { id, pattern, hits } of threatSignatures)
      for (const hit of hits) {
        const match = new RegExp(pattern, "i").exec(hit)?.[0].toLowerCase();
        if (match === undefined) continue;
        for (const clause of neededTexts(pattern))
          expect([id, clause.some((text) => match.includes(text))]).toEqual([id, true]);
      }
  });
});
