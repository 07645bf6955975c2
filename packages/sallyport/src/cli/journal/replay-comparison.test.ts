import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ComparedMessage, ReplayComparison } from "./replay-comparison.ts";

/** What becomes of a message that was recorded, beside one that comes now. */
function compare(recorded: string | null, received: string, binary = [false, false]): ComparedMessage {
  const told: ComparedMessage[] = [];
  const comparison = new ReplayComparison((compared) => told.push(compared));
  const bytes = recorded === null ? null : Buffer.from(recorded);
  comparison.record({ binary: binary[0] ?? false, size: bytes?.length ?? received.length, bytes });
  comparison.receive({ binary: binary[1] ?? false, bytes: Buffer.from(received) });
  comparison.finish();
  const [one, ...more] = told;
  if (one === undefined || more.length > 0) throw new Error(`${told.length} were told`);
  return one;
}

describe("ReplayComparison", () => {
  it("says that the same is the same, and nothing else", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(compare(before, before).result).toBe("same");
        expect(compare(before, after).result).toBe(before === after ? "same" : "differs");
      }),
    );
  });

  it.each([
    ['{"a":1,"b":{"c":[1,2]}}', '{"a":1,"b":{"c":[1,3]}}', ["/b/c/1"]],
    ['{"a":1}', '{"a":1,"b/~":2}', ["/b~1~0"]],
    ['{"a":1}', "{}", ["/a"]],
    ['{"a":{}}', '{"a":[]}', ["/a"]],
    ["1", "2", ["/"]],
    ['{"a":1}', "text", ["byte 0"]],
    ["abc", "abd", ["byte 2"]],
    ["abc", "abcd", ["byte 3"]],
    // The same JSON, written otherwise.
    ['{"a":1}', '{"a": 1}', ["byte 5"]],
    ["[1,2,3,4,5,6,7]", "[0,0,0,0,0,0,0]", ["/0", "/1", "/2", "/3", "/4", "and more"]],
    ['{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}', "{}", ["/a", "/b", "/c", "/d", "/e", "and more"]],
  ])("shows where %s is not %s", (before, after, where) => {
    expect(compare(before, after)).toMatchObject({ result: "differs", where });
  });

  it("looks no deeper than twenty members, whatever both sides send", () => {
    const nested = ["1", "2"].map((inner) => `${'{"a":'.repeat(5000)}${inner}${"}".repeat(5000)}`);
    expect(compare(nested[0] ?? "", nested[1] ?? "").where).toEqual(["/a".repeat(20)]);
  });

  it("tells text from bytes", () => {
    expect(compare("a", "a", [false, true])).toMatchObject({
      result: "differs",
      where: ["binary, and was text"],
    });
    expect(compare("a", "a", [true, false])).toMatchObject({
      result: "differs",
      where: ["text, and was binary"],
    });
    expect(compare("{}", "[]", [true, true])).toMatchObject({ result: "differs", where: ["byte 0"] });
  });

  it("says of what was not kept only whether it is as long", () => {
    expect(compare(null, "abc").result).toBe("alike");
    expect(compare(null, "abc", [true, false]).result).toBe("differs");
  });

  it("pairs messages in their order, whoever is ahead, and tells of what has no counterpart", () => {
    const turn = fc.constantFrom("record", "receive");
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 50 }), (turns) => {
        const told: ComparedMessage[] = [];
        const comparison = new ReplayComparison((compared) => told.push(compared));
        let [recorded, received] = [0, 0];
        for (const one of turns) {
          if (one === "record")
            comparison.record({ binary: false, size: 1, bytes: Buffer.from(String(recorded++)) });
          else comparison.receive({ binary: false, bytes: Buffer.from(String(received++)) });
        }
        expect([comparison.cameThen, comparison.cameNow]).toEqual([recorded, received]);
        comparison.finish();
        expect(told.map(({ nth }) => nth)).toEqual(told.map((_, index) => index + 1));
        expect(comparison.counts).toEqual({
          same: Math.min(recorded, received),
          alike: 0,
          differs: 0,
          missing: Math.max(0, recorded - received),
          more: Math.max(0, received - recorded),
        });
      }),
    );
  });

  it("holds no more than 32 MiB of contents that wait; of others it knows whether they are the same", () => {
    const told: ComparedMessage[] = [];
    const comparison = new ReplayComparison((compared) => told.push(compared));
    const large = Buffer.alloc(20 * 1024 * 1024, "x");
    for (const size of [1, 2]) comparison.record({ binary: false, size, bytes: large });
    comparison.receive({ binary: false, bytes: large });
    comparison.receive({ binary: false, bytes: Buffer.from("y") });
    expect(told.map(({ result, recorded }) => [result, recorded?.bytes === null])).toEqual([
      ["same", false],
      ["differs", true],
    ]);
  });
});
