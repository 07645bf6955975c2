import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acmeName, createFileStore } from "./acme-store.ts";

let parent = "";
beforeEach(async () => void (parent = await mkdtemp(join(tmpdir(), "sallyport-acme-store-"))));
afterEach(async () => await rm(parent, { recursive: true }));

describe("createFileStore", () => {
  it("keeps texts for the owner alone, whole, and forgets them", async () => {
    const directory = join(parent, "acme");
    const store = createFileStore(directory);
    const name = acmeName("account", "https://ca.example/dir");
    expect(await store.load(name)).toBeNull();
    await store.save(name, "first");
    await store.save(name, "second");
    expect(await store.load(name)).toBe("second");
    expect(await readdir(directory)).toEqual([`${name}.json`]);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, `${name}.json`))).mode & 0o777).toBe(0o600);
    await store.remove(name);
    await store.remove(name);
    expect(await store.load(name)).toBeNull();
  });

  it("makes its directory anew where somebody took it away", async () => {
    const directory = join(parent, "acme");
    const store = createFileStore(directory);
    await store.save("a", "x");
    await rm(directory, { recursive: true });
    await store.save("a", "y");
    expect(await store.load("a")).toBe("y");
  });

  it("rejects where its directory is a file, and tries again", async () => {
    const directory = join(parent, "acme");
    await writeFile(directory, "");
    const store = createFileStore(directory);
    await expect(store.save("a", "x")).rejects.toThrow(/EEXIST|ENOTDIR/);
    await expect(store.lock("a", 1000)).rejects.toThrow(/EEXIST|ENOTDIR/);
    await rm(directory);
    await store.save("a", "x");
  });

  it("gives a lock to one at a time, and to the next once it is given back or overdue", async () => {
    const [one, two] = [createFileStore(parent), createFileStore(parent)];
    const lock = await one.lock("a", 60_000);
    expect(await two.lock("a", 60_000)).toBeNull();
    expect(await two.lock("b", 60_000)).not.toBeNull();
    await lock?.release();
    const next = await two.lock("a", 60_000);
    expect(next).not.toBeNull();
    // A file cannot tell whether its holder lives: nobody keeps it.
    await next?.keep(60_000);
    expect(await two.lock("a", 60_000)).not.toBeNull();
    const past = new Date(Date.now() - 61_000);
    await utimes(join(parent, "a.lock"), past, past);
    expect(await one.lock("a", 60_000)).not.toBeNull();
    expect(await two.lock("a", 60_000)).toBeNull();
  });
});
