import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { prettyJson } from "./pretty-json.ts";

describe("prettyJson", () => {
  it("changes nothing but the space between", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, "\t"), (text, indent) => {
        const written = JSON.stringify(JSON.parse(text), null, indent);
        const pretty = prettyJson(written) ?? "";
        expect(JSON.parse(pretty)).toEqual(JSON.parse(text));
        expect(pretty).toBe(JSON.stringify(JSON.parse(text), null, 2));
      }),
    );
  });

  it("keeps what a parser would lose: keys that stand twice, and numbers that no double holds", () => {
    const text = '{"a":1,"a":12345678901234567890,"__proto__":1.0e+2,"t":"\\u0041 \\" , :"}';
    expect(prettyJson(text)).toBe(
      '{\n  "a": 1,\n  "a": 12345678901234567890,\n  "__proto__": 1.0e+2,\n  "t": "\\u0041 \\" , :"\n}',
    );
  });

  it("is not wider for what is deeper than anybody reads", () => {
    const pretty = prettyJson(`${"[".repeat(2000)}1${"]".repeat(2000)}`) ?? "";
    expect(Math.max(...pretty.split("\n").map((line) => line.length))).toBeLessThan(60);
  });

  it.each(["", "no", "{", '{"a":}', "1 2", "NaN"])("is nothing of what is not JSON: %j", (text) => {
    expect(prettyJson(text)).toBeNull();
  });
});
