import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { prepareSearch, searchFor, type WrittenWord } from "./leak-words.ts";

const word = (text: string, ignoreCase = false): WrittenWord => ({ word: Buffer.from(text), ignoreCase });

/** Whether the tables take the four bytes at a place. */
function takes(tables: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return [0, 1].some((set) => {
    let buckets = 0xff;
    for (let index = 0; index < 4; index++) {
      const start = (set * 4 + index) * 32;
      const byte = bytes[at + index] ?? 0;
      buckets &= (tables[start + (byte & 15)] ?? 0) & (tables[start + 16 + (byte >> 4)] ?? 0);
    }
    return buckets !== 0;
  });
}

const of = (text: string): unknown => searchFor([word(text)]);

describe("searchFor", () => {
  it("takes the four bytes by which each word is looked for, in both cases where case does not matter", () => {
    const words = [
      word("AKIA"),
      word("-----BEGIN "),
      word("pwd", true),
      word("secret access key", true),
      word("\u200b"),
    ];
    const { anchors, tables } = searchFor(words);
    for (const [index, { word: bytes, ignoreCase }] of words.entries()) {
      const anchor = anchors[index] ?? 0;
      expect(anchor + 2).toBeLessThan(bytes.length + 1);
      expect(takes(tables, Buffer.concat([bytes, Buffer.from("xyz")]), anchor)).toBe(true);
      const capitals = Buffer.from(Buffer.from(bytes).toString().toUpperCase());
      const written = ignoreCase ? capitals : bytes;
      expect(takes(tables, Buffer.concat([written, Buffer.from("...")]), anchor)).toBe(true);
    }
    expect(takes(tables, Buffer.from("abcdefgh"), 0)).toBe(false);
  });

  it("looks for a word by its rarest part", () => {
    expect(searchFor([word("ethereQ~zz")]).anchors).toEqual([6]);
    expect(searchFor([word("the")]).anchors).toEqual([0]);
  });

  it("knows what must stand behind a short word", () => {
    const also = [4, 0x3a] as const;
    const { anchors, tables } = searchFor([{ word: Buffer.from("fd1"), ignoreCase: true, also }]);
    expect(takes(tables, Buffer.from("fd1x:"), anchors[0] ?? 0)).toBe(true);
    // Where anything may stand in between, what must stand behind tells more than how the word begins.
    const many = Array.from("0123456789abcdef", (digit) => ({
      word: Buffer.from(`e${digit}e`),
      ignoreCase: true,
      also,
    }));
    expect(searchFor(many).anchors).toContain(1);
  });

  it("takes also words that are too many to choose for", () => {
    const words = Array.from({ length: 2100 }, (_, index) => word(`w${index}word`));
    const { anchors, tables } = searchFor(words);
    expect(anchors).toHaveLength(2100);
    expect(takes(tables, Buffer.from("w2099word"), 0)).toBe(true);
  });

  it("knows what was prepared for, chosen as it would be at once", async () => {
    const words = Array.from({ length: 30 }, (_, index) => word(`prepared ${index}`));
    const atOnce = searchFor(words.slice());
    // Out of what is remembered.
    for (let index = 0; index < 8; index++) of(`between ${index}`);
    await prepareSearch(words);
    const prepared = searchFor(words);
    expect(prepared).not.toBe(atOnce);
    expect(prepared).toEqual(atOnce);
    await prepareSearch(words);
    expect(searchFor(words)).toBe(prepared);
  });

  it("chooses for the same words once, and remembers a few choices", () => {
    const first = of("first one");
    expect(of("first one")).toBe(first);
    for (let index = 0; index < 8; index++) of(`another ${index}`);
    expect(of("first one")).not.toBe(first);
    expect(of("first one")).toEqual(first);
  });
});
