import { describe, expect, it } from "vitest";
import { findUnfaithfulNumber, isFaithfulNumber, mayHaveLongNumber } from "./faithful-numbers.ts";

describe("isFaithfulNumber", () => {
  it.each([
    "0",
    "-0",
    "0.0e9",
    "1",
    "-12.5",
    "67123.55000000",
    "0.1234567890123456789",
    "9007199254740991",
    "9007199254740992",
    "1e20",
    "1.5E+300",
    "100000000000000000000",
    "9007199254740993.0",
    "1.00000000000000000001e20",
    "1e-300",
  ])("believes %s", (token) => {
    expect(isFaithfulNumber(token)).toBe(true);
  });

  it.each([
    "1e999",
    "-1e999",
    "1e-400",
    "0.5e-400",
    "9007199254740993",
    "-9007199254740993",
    "12345678901234567890",
    "9".repeat(129),
    `0.${"1".repeat(128)}`,
  ])("does not believe %s: another reader gets another number (RFC 8259 6)", (token) => {
    expect(isFaithfulNumber(token)).toBe(false);
  });
});

describe("findUnfaithfulNumber", () => {
  it("finds numbers wherever they stand, and none in texts", () => {
    expect(findUnfaithfulNumber('[1,{"a":[-1e999]}]')).toBe("-1e999");
    expect(findUnfaithfulNumber('{"1e999":"9007199254740993 \\" 1e999","b":true}')).toBeNull();
    expect(findUnfaithfulNumber("1e-400")).toBe("1e-400");
  });
});

describe("mayHaveLongNumber", () => {
  it("sees every number of more than 128 characters, wherever it begins", () => {
    for (let before = 0; before < 200; before++)
      expect(mayHaveLongNumber(`[${" ".repeat(before)}${"7".repeat(129)}]`)).toBe(true);
  });

  it("sees none where there are many short ones", () => {
    expect(mayHaveLongNumber(JSON.stringify(Array.from({ length: 500 }, (_, index) => index / 7)))).toBe(
      false,
    );
    expect(mayHaveLongNumber("short")).toBe(false);
  });
});
