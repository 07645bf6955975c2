import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BoundedLines } from "./bounded-lines.ts";

describe("BoundedLines", () => {
  it("gives the same lines, however the bytes are split", () => {
    const line = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !text.includes("\n"));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(9)), (texts, sizes) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
        const lines = new BoundedLines(1000);
        const found: string[] = [];
        let at = 0;
        for (const size of sizes) found.push(...(lines.push(bytes.subarray(at, (at += size))) ?? []));
        found.push(...(lines.push(bytes.subarray(at)) ?? []));
        expect(found).toEqual(texts);
      }),
    );
  });

  it("reads nothing more where a line is too long, ended or not", () => {
    expect(new BoundedLines(3).push(Buffer.from("abc\nabc"))).toEqual(["abc"]);
    expect(new BoundedLines(3).push(Buffer.from("abc\nabcd"))).toBeNull();
    expect(new BoundedLines(3).push(Buffer.from("abcd\nabc"))).toBeNull();
    const lines = new BoundedLines(3);
    expect(lines.push(Buffer.from("ab"))).toEqual([]);
    expect(lines.push(Buffer.from("cd"))).toBeNull();
    expect(lines.push(Buffer.from("\n"))).toBeNull();
  });
});
