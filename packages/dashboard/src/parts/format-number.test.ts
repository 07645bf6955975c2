import { describe, expect, it } from "vitest";

import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLatency,
  formatRate,
  formatShare,
  inOne,
} from "./format-number.ts";

describe("formatCount", () => {
  it("sets thousands apart", () => expect(formatCount(1_234_567)).toBe("1,234,567"));
});

describe("formatRate", () => {
  it.each([
    [0, "0"],
    [0.0004, "0"],
    [0.25, "0.25"],
    [18.34, "18.3"],
    [1240.6, "1,241"],
    [1_250_000, "1.25 million"],
    [2e9, "2 billion"],
  ])("%d is %s", (rate, text) => expect(inOne(formatRate(rate))).toBe(text));
});

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "0.977 KiB"],
    [1536, "1.5 KiB"],
    [25_165_824, "24 MiB"],
    [2 ** 70, "1,050,000 PiB"],
  ])("%d is %s", (bytes, text) => expect(inOne(formatBytes(bytes))).toBe(text));
});

describe("formatLatency", () => {
  it.each([
    [0, "0 µs"],
    [0.04, "40 µs"],
    [1.234, "1.23 ms"],
    [3400, "3.4 s"],
  ])("%d ms is %s", (ms, text) => expect(inOne(formatLatency(ms))).toBe(text));
});

describe("formatDuration", () => {
  it.each([
    [-5, "0 s"],
    [400, "0 s"],
    [40_000, "40 s"],
    [60_000, "1 min"],
    [725_000, "12 min 5 s"],
    [273_600_000, "3 d 4 h"],
  ])("%d ms is %s", (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe("formatShare", () => {
  it.each([
    [0, "0 %"],
    [0.4, "40 %"],
    [1, "100 %"],
  ])("%d is %s", (share, text) => expect(inOne(formatShare(share))).toBe(text));
});
