import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteRate, duration, rate, size } from "../quantity.ts";
import { formatQuantity } from "./format-quantity.ts";

describe("formatQuantity", () => {
  it.each([
    [30_000, "duration", "30s"],
    [86_400_000, "duration", "1d"],
    [1500, "duration", "1500ms"],
    [0, "duration", "0ms"],
    [65_536, "size", "64KiB"],
    [1000, "size", "1000B"],
    [8_388_608, "byte rate", "8MiB/s"],
    [50, "rate", "50/s"],
    [1 / 60, "rate", "1/m"],
    [1 / 7, "rate", `${1 / 7}/s`],
    [10, null, "10"],
    [true, null, "true"],
    ["off", "duration", "off"],
    [undefined, null, ""],
  ])("writes %j of unit %j as %j", (value, unit, text) => {
    expect(formatQuantity(value, unit)).toBe(text);
  });

  it.each([
    ["duration", duration],
    ["size", size],
    ["byte rate", byteRate],
    ["rate", rate],
  ])("writes a %s that is read back as the same number", (unit, schema) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (value) => {
        expect(schema.parse(formatQuantity(value, unit))).toBe(value);
      }),
    );
  });
});
