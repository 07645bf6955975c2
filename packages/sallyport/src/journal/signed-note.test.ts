import { generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { publicKeyOf, readNote, signNote, verifierKey } from "./signed-note.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const named = (): string => "a.name";
const note = signNote("some\ntext\n", "a.name", privateKey);

describe("signNote", () => {
  it("writes text, an empty line, and a signature by a name (C2SP signed-note)", () => {
    expect(note).toMatch(/^some\ntext\n\n\u2014 a\.name [A-Za-z0-9+/]+=*\n$/);
  });
});

describe("readNote", () => {
  it("reads what was signed, and by whom", () => {
    expect(readNote(note, named, publicKey)).toEqual({ ok: true, text: "some\ntext\n", vouched: true });
    expect(readNote(note, named, other.publicKey)).toMatchObject({ ok: true, vouched: false });
    expect(readNote(note, () => "another", publicKey)).toMatchObject({ ok: true, vouched: false });
    expect(readNote(note.replace("some", "more"), named, publicKey)).toMatchObject({ vouched: false });
  });

  it("leaves other signatures alone", () => {
    const more = `${note}\u2014 witness.example ${Buffer.alloc(68).toString("base64")}\n`;
    expect(readNote(more, named, publicKey)).toMatchObject({ ok: true, vouched: true });
  });

  it("refuses what is no note, or longer than one", () => {
    expect(readNote("hello", named, publicKey)).toMatchObject({ ok: false });
    expect(readNote(`${note}${" ".repeat(20_000)}`, named, publicKey)).toMatchObject({ ok: false });
  });
});

describe("publicKeyOf", () => {
  it("reads the key of verifierKey", () => {
    const text = verifierKey("a.name", publicKey);
    expect(publicKeyOf(`${text}\n`)?.export({ format: "jwk" })).toEqual(publicKey.export({ format: "jwk" }));
  });

  it.for(["", "a+b+c", verifierKey("x", publicKey).replace("x+", "y+")])("knows no key in %o", (text) => {
    expect(publicKeyOf(text)).toBeNull();
  });
});
