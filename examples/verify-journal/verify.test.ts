import { spawnSync } from "node:child_process";
import { createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openReader } from "../../packages/sallyport/src/journal/journal-reader.ts";
import { readMasterKey } from "../../packages/sallyport/src/journal/master-key.ts";
import { searchJournal } from "../../packages/sallyport/src/journal/search-journal.ts";
import { verifyJournal } from "../../packages/sallyport/src/journal/verify-journal.ts";

const vectors = fileURLToPath(new URL("vectors", import.meta.url));
const script = fileURLToPath(new URL("verify.ts", import.meta.url));
const checkpoint = join(vectors, "journal", "checkpoint");
const { verifier }: { verifier: string } = JSON.parse(
  readFileSync(join(vectors, "journal", "keyring.json"), "utf8"),
);

function run(...args: readonly string[]): { readonly code: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  return { code: status, text: `${stdout}${stderr}` };
}

function tombstone(segment: string): string {
  return segment.replace(".segment", ".tombstone");
}

function noteOf(segment: string): string {
  return readFileSync(tombstone(segment), "utf8");
}

describe("the verifier that knows only the documents", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-verify-"));
    cpSync(join(vectors, "journal"), directory, { recursive: true });
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** The segments by their number. */
  function segments(): string[] {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".segment"))
      .map((name) => join(directory, name))
      .sort((a, b) => Number(readFileSync(a).readBigUInt64LE(56) - readFileSync(b).readBigUInt64LE(56)));
  }

  it("has at most 200 lines, and none of Sallyport's", () => {
    const text = readFileSync(script, "utf8");
    expect(text.split("\n").length).toBeLessThanOrEqual(201);
    expect(text.match(/from "([^"]+)"/g)?.filter((from) => !from.includes('"node:'))).toEqual([]);
  });

  it("finds the vectors sound, and says what it cannot know", () => {
    const { code, text } = run(directory);
    expect(text).toContain("3 segments");
    expect(text).toContain("the chain holds");
    expect(text).toContain("unknown without --checkpoint");
    expect(text).toContain("unknown without --key");
    expect(code).toBe(0);
    expect(run(directory, "--checkpoint", checkpoint, "--key", verifier).text).not.toContain("unknown");
  });

  it("proves a block, and that the journal continues an earlier one; and nothing else", () => {
    const args = ["--checkpoint", checkpoint, "--key", verifier, "--proof"];
    for (const name of ["inclusion.json", "consistency.json"]) {
      const path = join(vectors, name);
      expect(run(...args, path)).toEqual({ code: 0, text: "proven\n" });
      const proof = JSON.parse(readFileSync(path, "utf8"));
      const changed = join(directory, name);
      for (const change of [
        { index: proof.index - 1, from: proof.from - 1 },
        { leaf: Buffer.from("another").toString("base64"), root: "00".repeat(32) },
        { inclusion: proof.inclusion?.slice(1), consistency: proof.consistency?.slice(1) },
      ]) {
        writeFileSync(changed, JSON.stringify({ ...proof, ...change }));
        expect(run(...args, changed).code).toBe(1);
      }
    }
  });

  it("detects what Sallyport's own verification detects", async () => {
    const [first = "", second = "", third = ""] = segments();
    const changes: readonly (() => void)[] = [
      () => rmSync(second),
      () => rmSync(first),
      () => rmSync(third),
      () => renameSync(second, join(directory, `${"0".repeat(64)}.segment`)),
      () => writeFileSync(second, readFileSync(second).subarray(0, -1)),
      () => writeFileSync(join(directory, "00000004.open"), readFileSync(first)),
      () => writeFileSync(join(directory, "00000004.open"), "no frame at all, but long enough"),
      ...[10, 30, 60, 100, 220, 400, 900, 1400, 1900].map((at) => () => {
        const file = readFileSync(second);
        file[at] = (file[at] ?? 0) ^ 4;
        writeFileSync(second, file);
      }),
    ];
    for (const change of changes) {
      rmSync(directory, { recursive: true });
      cpSync(join(vectors, "journal"), directory, { recursive: true });
      change();
      expect(run(directory).code).toBe(1);
      expect(await verifyJournal({ directory })).toMatchObject({ ok: false });
    }
  });

  it("knows segments that were retired by their tombstones, and detects what Sallyport's own verification detects", async () => {
    const [first = "", second = ""] = segments();
    const retired = (): void => {
      rmSync(directory, { recursive: true });
      cpSync(join(vectors, "retired"), directory, { recursive: true });
    };
    retired();
    const { code, text } = run(directory, "--checkpoint", checkpoint, "--key", verifier);
    expect(text).toBe("3 segments, 21 frames, 5 records: the chain holds\n");
    expect(code).toBe(0);
    // The checkpoint in the foot of the second segment covers frames that are gone.
    const foot = readFileSync(join(vectors, "journal", basename(second))).toString("latin1");
    const old = Buffer.from(/sallyport\/journal\/\w+\n13\n[^]*?\n\n.*\n/.exec(foot)?.[0] ?? "", "latin1");
    writeFileSync(join(directory, "old"), old);
    expect(run(directory, "--checkpoint", join(directory, "old")).text).toContain("whose last were retired");
    const changes: readonly (() => void)[] = [
      () => rmSync(tombstone(first)),
      () => rmSync(tombstone(second)),
      () => cpSync(join(vectors, "journal", basename(second)), second),
      () => renameSync(tombstone(second), tombstone(segments()[0] ?? "")),
      () => writeFileSync(tombstone(second), noteOf(first)),
      () => writeFileSync(tombstone(second), noteOf(second).replace("frames 7 13", "frames 7 12")),
      () => writeFileSync(tombstone(first), noteOf(first).replace(" size", " age")),
    ];
    for (const change of changes) {
      retired();
      change();
      expect(run(directory).code).toBe(1);
      expect(await verifyJournal({ directory })).toMatchObject({ ok: false });
    }
  });

  it("is told the same records by Sallyport as the documents", async () => {
    const key = readMasterKey(readFileSync(join(vectors, "test-master-key.txt"), "utf8"));
    const opened = key.ok ? await openReader(directory, key.key) : key;
    if (!opened.ok) throw new Error(opened.problem);
    const said: string[] = [];
    for await (const { record, payload } of searchJournal(opened.reader, { payloads: true }))
      if (record.type === "message") said.push(`${record.session} ${record.sequence} ${payload?.toString()}`);
    expect(said.toReversed()).toEqual(
      [0, 1, 2].flatMap((round) =>
        [0, 1, 2].map(
          (number) => `session-${round} ${number + 1} {"type":"say","text":"${round}.${number}"}`,
        ),
      ),
    );
  });
});

/** A box as the page has it. */
function openBox(key: Buffer, box: Buffer, lines: readonly (string | number)[]): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, 12));
  decipher.setAAD(Buffer.from(lines.map((line) => `${line}\n`).join("")));
  decipher.setAuthTag(box.subarray(-16));
  return Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()]);
}

function hkdf(secret: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", info, 32));
}

describe("docs/reference/journal-format.md", () => {
  it("tells a reader how to open what the reader may, with a key file and nothing of Sallyport's", () => {
    const journal = join(vectors, "journal");
    const text = readFileSync(join(vectors, "test-analyst-key.txt"), "utf8");
    const fields = new Map(text.split("\n").map((line) => [line.split(": ")[0], line.split(": ")[1] ?? ""]));
    const [id = "", reader = ""] = [fields.get("journal"), fields.get("reader")];
    const { readers }: { readers: { id: string; role: string; sealed: string }[] } = JSON.parse(
      readFileSync(join(journal, "keyring.json"), "utf8"),
    );
    const { role = "", sealed = "" } = readers.find((known) => known.id === reader) ?? {};
    const key = Buffer.from(fields.get("key") ?? "", "base64");
    const lines = ["sallyport journal reader", id, reader, role];
    const [{ secret = "" } = {}]: { secret?: string }[] = JSON.parse(
      openBox(key, Buffer.from(sealed, "base64"), lines).toString(),
    );
    const analyst = Buffer.from(secret, "base64");
    const viewer = hkdf(analyst, "sallyport journal secret\nviewer\n");
    const metadata = hkdf(viewer, "sallyport journal key\nviewer\n");
    const redacted = hkdf(analyst, "sallyport journal key\nanalyst\n");
    for (const name of readdirSync(journal).filter((file) => file.endsWith(".segment"))) {
      const body = readFileSync(join(journal, name)).subarray(20);
      const dataKeyLines = ["sallyport journal data key", id, Number(body.readBigUInt64LE(36))];
      expect(openBox(metadata, body.subarray(124, 184), dataKeyLines)).toHaveLength(32);
    }
    const day = "2026-11-30";
    const stored = readFileSync(join(journal, "payload-keys", `${day}.keys`), "utf8").split("\n");
    const opened = stored
      .filter((line) => line !== "")
      .map((line) => {
        const [keyId = "", , which = "", box = ""] = line.split(" ");
        const keyLines = ["sallyport journal payload key", id, keyId, day, which];
        if (which === "full") return which;
        return openBox(redacted, Buffer.from(box, "base64"), keyLines).subarray(32).toString();
      });
    expect(opened.sort()).toEqual(["full", "user alice"]);
  });

  it("shows the first frame of the vectors, its leaf hash and its chain", () => {
    const page = readFileSync(new URL("../../docs/reference/journal-format.md", import.meta.url), "utf8");
    const shown = /```\n([0-9a-f\n]+)```\n\nIts leaf hash is `(\w+)`, and the chain after it `(\w+)`/.exec(
      page,
    );
    const frame = Buffer.from((shown?.[1] ?? "").replaceAll("\n", ""), "hex");
    const journal = join(vectors, "journal");
    const files = readdirSync(journal).filter((name) => name.endsWith(".segment"));
    const starts = files.map((name) => readFileSync(join(journal, name)).subarray(0, frame.length));
    expect(frame.length).toBeGreaterThan(200);
    expect(starts.some((start) => start.equals(frame))).toBe(true);
    const leaf = createHash("sha256").update(Uint8Array.of(0)).update(frame.subarray(0, -32)).digest();
    const chain = createHash("sha256")
      .update(Uint8Array.of(2))
      .update(Buffer.alloc(32))
      .update(leaf)
      .digest("hex");
    expect(shown?.slice(2)).toEqual([leaf.toString("hex"), frame.subarray(-32).toString("hex")]);
    expect(shown?.[3]).toBe(chain);
  });
});
