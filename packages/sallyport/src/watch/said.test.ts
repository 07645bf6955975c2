import { describe, expect, it } from "vitest";
import { saidDuration, saidSize } from "./said.ts";

describe("saidDuration", () => {
  it("says a duration in the unit that it is at least two of", () => {
    expect([0, 43_000, 130_000, 3 * 3_600_000, 5 * 86_400_000].map(saidDuration)).toEqual([
      "1 s",
      "43 s",
      "2.2 min",
      "3 h",
      "5 days",
    ]);
  });
});

describe("saidSize", () => {
  it("says a size in the largest unit that it is one of", () => {
    expect([0, 512, 1536, 5 * 1024 ** 3, 1024 ** 6].map(saidSize)).toEqual([
      "0 B",
      "512 B",
      "1.5 KiB",
      "5 GiB",
      "1048576 TiB",
    ]);
  });
});
