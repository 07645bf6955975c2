import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readKeyText } from "./read-key-text.ts";

describe("readKeyText", () => {
  it("reads a key from the configuration or a file, and says where it is from", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-key-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, "journal.key");
    await writeFile(file, "secret\n");
    expect(await readKeyText({ text: "secret" })).toEqual({
      ok: true,
      text: "secret",
      from: "the key in the configuration",
    });
    expect(await readKeyText({ file })).toEqual({ ok: true, text: "secret\n", from: file });
  });

  it("says why there is none", async () => {
    expect(await readKeyText({ file: "/nowhere/key" })).toEqual({
      ok: false,
      problem: "/nowhere/key: expected a key that can be read, found ENOENT",
    });
    // A name that no file can have fails before the system is asked.
    expect(await readKeyText({ file: "\0" })).toMatchObject({ ok: false });
  });
});
