import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { describe, expect, it } from "vitest";

import { TemporaryJournal } from "../../test/journal-fixture.ts";
import { changeKeyring, createKeyring, readKeyring, readVerifier, rotateMasterKey } from "./keyring.ts";
import { KEYRING_FILE } from "./keyring-file.ts";
import { localMasterKey } from "./master-key.ts";
import { grantReader, listReaders } from "./reader-key.ts";
import { lockKeyring } from "./writer-lock.ts";

describe("readKeyring", () => {
  it("reads what was created, with its master key alone", async () => {
    using journal = new TemporaryJournal();
    const created = await createKeyring(journal.directory, journal.master);
    expect(await readKeyring(journal.directory, journal.master)).toEqual({ ok: true, keyring: created });
    expect(await readKeyring(journal.directory, localMasterKey(randomBytes(32)))).toMatchObject({
      ok: false,
      problem: expect.stringContaining("this is not the master key of the journal"),
    });
    expect((await readVerifier(journal.directory))?.journal).toBe(created.journal);
    const text = readFileSync(join(journal.directory, KEYRING_FILE), "utf8");
    for (const { metadata, full } of created.keys.values())
      for (const key of [metadata, full ?? metadata])
        expect(text).not.toContain(Buffer.from(key).toString("base64").slice(0, 12));
  });

  it("knows where there is none, and throws where it cannot be read", async () => {
    using journal = new TemporaryJournal();
    expect(await readKeyring(journal.directory, journal.master)).toBeNull();
    expect(await readVerifier(journal.directory)).toBeNull();
    mkdirSync(join(journal.directory, KEYRING_FILE));
    await expect(readKeyring(journal.directory, journal.master)).rejects.toThrow("EISDIR");
  });

  it("finds every byte of the file that was changed, or does not depend on it", async () => {
    using journal = new TemporaryJournal();
    const created = await createKeyring(journal.directory, journal.master);
    await grantReader(journal.directory, journal.master, "viewer");
    const path = join(journal.directory, KEYRING_FILE);
    const text = readFileSync(path, "utf8");
    const found: string[] = [];
    for (const [name, value] of Object.entries<string>(JSON.parse(text)).filter(
      ([, { length }]) => length > 9,
    )) {
      const other = value.startsWith("A") ? `B${value.slice(1)}` : `A${value.slice(1)}`;
      writeFileSync(path, text.replace(value, other));
      const read = await readKeyring(journal.directory, journal.master);
      if (read?.ok !== true || !isDeepStrictEqual(read.keyring, created)) found.push(name);
    }
    // Which master key it was is told, and not believed; the readers' own part is theirs to check.
    expect(found).toEqual(["journal", "verifier", "fileKey", "sealed"]);
  });
});

describe("rotateMasterKey", () => {
  it("closes the keys to the old master key, and has a new one for what comes", async () => {
    using journal = new TemporaryJournal();
    const created = await createKeyring(journal.directory, journal.master);
    const next = localMasterKey(randomBytes(32));
    const rotated = await rotateMasterKey(journal.directory, journal.master, next);
    if (rotated?.ok !== true) throw new Error("not rotated");
    expect(rotated.keyring).toMatchObject({ journal: created.journal, verifier: created.verifier });
    expect([...rotated.keyring.keys]).toEqual([...created.keys, expect.anything()]);
    expect(rotated.keyring.current).not.toBe(created.current);
    expect(await readKeyring(journal.directory, next)).toEqual({ ok: true, keyring: rotated.keyring });
    expect(await readKeyring(journal.directory, journal.master)).toMatchObject({ ok: false });
    expect(await rotateMasterKey(journal.directory, journal.master, next)).toMatchObject({ ok: false });
  });
});

describe("changeKeyring", () => {
  it("makes one change at a time, and loses none", async () => {
    using journal = new TemporaryJournal();
    const { directory, master } = journal;
    await createKeyring(directory, master);
    const both = await Promise.all([
      grantReader(directory, master, "viewer"),
      grantReader(directory, master, "analyst"),
    ]);
    // Whoever comes while another is at it is told so; whoever is not told so was done.
    expect(await listReaders(directory)).toHaveLength(both.filter(({ ok }) => ok).length);
    const lock = lockKeyring(directory);
    expect(await grantReader(directory, master, "viewer")).toMatchObject({
      ok: false,
      problem: expect.stringContaining("changes the keys of this journal just now"),
    });
    if (lock.ok) lock.release();
  });

  it("changes nothing where the file is damaged, or the change is refused", async () => {
    using journal = new TemporaryJournal();
    const { directory, master } = journal;
    await createKeyring(directory, master);
    const path = join(directory, KEYRING_FILE);
    const text = readFileSync(path, "utf8");
    const refused = { ok: false, problem: "no" } as const;
    expect(await changeKeyring(directory, master, { change: () => refused })).toEqual(refused);
    const many = Array.from(
      { length: 257 },
      () => ({ id: "0".repeat(16), role: "viewer", key: "" }) as const,
    );
    await expect(
      changeKeyring(directory, master, {
        change: (content) => ({ ok: true, value: { ...content, readers: many } }),
      }),
    ).rejects.toThrow("256 readers");
    const named = { ...master, id: "x".repeat(257) };
    await expect(rotateMasterKey(directory, master, named)).rejects.toThrow("at most 256 characters");
    expect(readFileSync(path, "utf8")).toBe(text);
    writeFileSync(path, text.replace(/"verifier": "[^"]*"/, '"verifier": "somebody else"'));
    expect(await rotateMasterKey(directory, master, master)).toMatchObject({ ok: false });
    writeFileSync(path, "{");
    expect(await rotateMasterKey(directory, master, master)).toMatchObject({ ok: false });
    expect(await listReaders(directory)).toEqual([]);
  });
});
