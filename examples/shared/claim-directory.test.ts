import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { claimDirectory } from "./claim-directory.ts";

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "sallyport-claim-"));
  onTestFinished(async () => await rm(made, { recursive: true }));
  return made;
}

describe("claimDirectory", () => {
  it("takes a directory, and gives it back", async () => {
    const place = join(await directory(), "demo");
    const giveBack = await claimDirectory(place);
    expect(await readFile(join(place, "example.pid"), "utf8")).toBe(String(process.pid));
    await giveBack();
    expect(await readdir(place)).toEqual([]);
  });

  it("leaves it to a process that runs, and says how to go on", async () => {
    const place = await directory();
    await writeFile(join(place, "example.pid"), String(process.ppid));
    await expect(claimDirectory(place)).rejects.toThrow(`as process ${process.ppid}: end that, or add`);
  });

  it.each(["", "no number", "0", "-1", "2147483646"])("takes it over from %j", async (left) => {
    const place = await directory();
    await writeFile(join(place, "example.pid"), left);
    await claimDirectory(place);
    expect(await readFile(join(place, "example.pid"), "utf8")).toBe(String(process.pid));
  });
});
