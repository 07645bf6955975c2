import { assert, constantFrom, property, string, type Arbitrary } from "fast-check";
import { describe, expect, it } from "vitest";
import { byExpression, frameBefore, pathBefore, runOf, type BeforeSign } from "./leak-before-sign.ts";

const texts = (letters: string): Arbitrary<string> =>
  string({ unit: constantFrom(...letters.split("")), maxLength: 300, size: "max" });

/** What each finds, as an expression says it that would be tried from every place. */
const told: readonly (readonly [string, BeforeSign, RegExp, string])[] = [
  ["a run", runOf(/[\w./-]/, 120), /[\w./-]{1,120}$/, "aZ_9./- \\é"],
  ["a path", pathBefore, /(?:[/\\][\w .-]{1,60}){1,12}$/, '/\\a."-'],
  ["a frame", frameBefore, /(?<=[ntr\s])at (?:[^"\n\\]|\\(?!n)){0,200}$/, 'at nr"\\\nx'],
];

describe.each(told)("%s before a sign", (_name, before, expression, letters) => {
  it("is found where the expression finds it", () => {
    assert(
      property(texts(letters), (head) => {
        expect([head, before(head)]).toEqual([head, byExpression(expression)(head)]);
      }),
      { numRuns: 300 },
    );
  });

  it.each(["", " ", "at f (a", "\tat f (a", String.raw`\n at f (a`, "/a/b", "a//b", "x".repeat(400)])(
    "is found where the expression finds it: %j",
    (head) => {
      expect(before(head)).toBe(byExpression(expression)(head));
    },
  );
});

describe("frameBefore", () => {
  it("finds a frame of 200 characters, and no longer one", () => {
    expect(frameBefore(`\nat ${"x".repeat(200)}`)).toBe(1);
    expect(frameBefore(`\nat ${"x".repeat(201)}`)).toBe(-1);
  });
});

describe("pathBefore", () => {
  it("finds twelve names of sixty characters, and no more", () => {
    const name = `/${"a".repeat(60)}`;
    expect(pathBefore(name.repeat(12))).toBe(0);
    expect(pathBefore(name.repeat(13))).toBe(61);
    expect(pathBefore(`/${"a".repeat(61)}`)).toBe(-1);
  });
});
