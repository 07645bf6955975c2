import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readMasterKey } from "../journal/master-key.ts";
import { makeOwnJournalKey, ownJournalKeyFile } from "./own-journal-key.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "sallyport-data-"));
  vi.stubEnv("XDG_DATA_HOME", home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

describe("makeOwnJournalKey", () => {
  it("makes a key once, for its owner alone", async () => {
    expect(await makeOwnJournalKey()).toBe(true);
    const text = await readFile(ownJournalKeyFile(), "utf8");
    expect(readMasterKey(text).ok).toBe(true);
    expect(((await stat(ownJournalKeyFile())).mode & 0o777).toString(8)).toBe("600");
    expect(await makeOwnJournalKey()).toBe(false);
    expect(await readFile(ownJournalKeyFile(), "utf8")).toBe(text);
  });
});
