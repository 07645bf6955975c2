import { describe, expect, it } from "vitest";
import { Majority } from "./majority.ts";

/** Adds what a pattern of letters says, so many times. */
function voted(pattern: string, times: number): Majority {
  const majority = new Majority();
  for (let time = 0; time < times; time += 1) for (const letter of pattern) majority.add(letter, 1);
  return majority;
}

describe("Majority", () => {
  it("is of one kind where nearly all are (Boyer and Moore 1981)", () => {
    expect([voted("a", 1), voted("a", 1000), voted("aaaaaaaaab", 50)].map((one) => one.has(0.8))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("is of no kind where two or more share it", () => {
    expect([voted("ab", 50), voted("aab", 50), voted("abcdefgh", 50)].map((one) => one.has(0.8))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("forgets what was long ago", () => {
    const majority = voted("a", 1000);
    for (let index = 0; index < 200; index += 1) majority.add("b", 1);
    expect(majority.has(0.8)).toBe(true);
    for (let index = 0; index < 200; index += 1) majority.add(`${index}`, 1);
    expect(majority.has(0.8)).toBe(false);
  });
});
