import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { aboveZero, byteRate, duration, mode, rate, size } from "./quantity.ts";

/** The value, or what was expected instead. */
function read(schema: z.ZodType<number, string>, input: unknown): number | string | undefined {
  const result = schema.safeParse(input);
  return result.success ? result.data : result.error.issues[0]?.message;
}

describe("duration", () => {
  it("reads every unit as milliseconds", () => {
    const values = ["500ms", "30s", "10m", "24h", "30d", "1.5s", "2 s"].map((text) => read(duration, text));
    expect(values).toEqual([500, 30_000, 600_000, 86_400_000, 2_592_000_000, 1500, 2000]);
  });

  it("refuses a number, a missing or unknown unit, a sign, and what no number can hold", () => {
    for (const input of [30, "30", "30w", "-1s", "s", "", "1e3s", "99999999999999999d", "30constructor"]) {
      expect([input, read(duration, input)]).toEqual([
        input,
        "expected a duration with its unit, such as 500ms, 30s, 10m, 24h or 30d",
      ]);
    }
  });
});

describe("aboveZero", () => {
  it("is a duration, and refuses one of nothing", () => {
    expect(read(aboveZero, "1ms")).toBe(1);
    expect(read(aboveZero, "0s")).toBe("expected a duration above zero");
    expect(aboveZero.meta()).toMatchObject({ "x-unit": "duration" });
  });
});

describe("size", () => {
  it("reads binary and decimal units as bytes", () => {
    const values = ["512B", "64KiB", "1MiB", "2GiB", "1kB", "16MB", "1GB", "0.5KiB"].map((text) =>
      read(size, text),
    );
    expect(values).toEqual([512, 65_536, 1_048_576, 2_147_483_648, 1000, 16_000_000, 1_000_000_000, 512]);
  });

  it("refuses units of another kind", () => {
    for (const input of ["1s", "1kb", "1", 1, "1toString"]) {
      expect([input, read(size, input)]).toEqual([
        input,
        "expected a size with its unit, such as 512B, 64KiB or 1MiB",
      ]);
    }
  });
});

describe("rate", () => {
  it("reads counts per time as events per second", () => {
    expect(["50/s", "600/m", "3600/h"].map((text) => read(rate, text))).toEqual([50, 10, 1]);
  });

  it("refuses zero, which would never let anything pass, and what is no rate", () => {
    for (const input of ["0/s", "50", "50/d", "-1/s", "1.5/s"]) {
      expect(read(rate, input)).toBe("expected a rate above zero, such as 50/s or 600/m");
    }
    expect(read(rate, 50)).toBe("expected a rate such as 50/s or 600/m");
  });
});

describe("byteRate", () => {
  it("reads sizes per second as bytes per second", () => {
    expect(["8MiB/s", "1kB/s"].map((text) => read(byteRate, text))).toEqual([8_388_608, 1000]);
  });

  it("refuses zero, other times and what is no size", () => {
    for (const input of ["0B/s", "8MiB", "8MiB/m", "8/s", "/s"]) {
      expect(read(byteRate, input)).toBe("expected a byte rate above zero, such as 8MiB/s");
    }
    expect(read(byteRate, 8)).toBe("expected a byte rate such as 8MiB/s");
  });
});

describe("mode", () => {
  it("is `enforce` unless `observe` is written", () => {
    expect([mode.parse(undefined), mode.parse("observe")]).toEqual(["enforce", "observe"]);
    expect(mode.safeParse("off").success).toBe(false);
  });
});
