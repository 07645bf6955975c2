import { generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { type Checkpoint, readCheckpoint, signCheckpoint } from "./checkpoint.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const checkpoint: Checkpoint = {
  origin: `sallyport/journal/${"0a".repeat(16)}`,
  size: 17,
  root: Buffer.alloc(32, 1),
  chain: Buffer.alloc(32, 2),
  time: Date.UTC(2026, 10, 30),
};
const note = signCheckpoint(checkpoint, privateKey);

describe("signCheckpoint", () => {
  it("writes a signed note (C2SP tlog-checkpoint): origin, size, root, extensions, signature", () => {
    const lines = note.split("\n");
    expect(lines.slice(0, 6)).toEqual([
      checkpoint.origin,
      "17",
      Buffer.alloc(32, 1).toString("base64"),
      `chain ${Buffer.alloc(32, 2).toString("base64")}`,
      "time 2026-11-30T00:00:00.000Z",
      "",
    ]);
    expect(lines[6]).toMatch(/^\u2014 sallyport\/journal\/(0a){16} [A-Za-z0-9+/]+=*$/);
  });
});

describe("readCheckpoint", () => {
  it("reads what was signed, and that it was", () => {
    expect(readCheckpoint(note, publicKey)).toEqual({ ok: true, checkpoint, vouched: true });
  });

  it("leaves other signatures alone", () => {
    const lines = `${note}\u2014 witness.example ${Buffer.alloc(68).toString("base64")}\n`;
    expect(readCheckpoint(lines, publicKey)).toMatchObject({ ok: true, vouched: true });
  });

  it("tells a checkpoint that another key signed, or that was changed", () => {
    expect(readCheckpoint(note, other.publicKey)).toMatchObject({ ok: true, vouched: false });
    expect(readCheckpoint(note.replace("\n17\n", "\n18\n"), publicKey)).toMatchObject({ vouched: false });
  });

  it.for([
    ["no note", "hello"],
    ["another origin", note.replaceAll("sallyport/journal", "elsewhere")],
    ["no number", note.replace("\n17\n", "\n0x11\n")],
    ["a short root", note.replace(Buffer.alloc(32, 1).toString("base64"), "AAAA")],
    ["no chain", note.replace("chain ", "train ")],
    ["no time", note.replace("2026-11-30T00:00:00.000Z", "yesterday")],
    ["a very long text", `${note}${" ".repeat(20_000)}`],
  ])("refuses %s", ([, text = ""]) => {
    expect(readCheckpoint(text, publicKey)).toMatchObject({ ok: false });
  });
});
