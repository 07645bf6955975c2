import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCase } from "./frame-case.ts";

const folder = new URL("./frames/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".case"));
const LEAST_CASES = 130;

describe("golden frame cases", () => {
  it(`are at least ${LEAST_CASES}`, () => {
    expect(files.length).toBeGreaterThanOrEqual(LEAST_CASES);
  });

  for (const file of files) {
    const text = readFileSync(new URL(file, folder), "utf8");
    const title = text.slice(0, text.indexOf("\n")).replace(/^# /, "");
    it(`${file}: ${title}`, async () => {
      expect(title).toMatch(/RFC \d+/);
      expect(await runCase(text, Number.POSITIVE_INFINITY)).toEqual([]);
    });
    it(`${file}, one byte at a time`, async () => {
      expect(await runCase(text, 1)).toEqual([]);
    });
  }
});

describe("runCase", () => {
  it("says what is not as expected, so that no case passes on nothing", async () => {
    const mismatches = await runCase("# RFC 0\n> client 8100\n< application nothing\nevent close x.y\n", 1);
    expect(mismatches.length).toBeGreaterThanOrEqual(3);
  });
});
