import { describe, expect, it } from "vitest";
import {
  besides,
  byteKinds,
  hostBytes,
  nameBytes,
  nameKinds,
  operatorWords,
  pair,
  sideKinds,
  sidePairs,
  signClass,
  signPairs,
  triple,
  triples,
  wordBits,
} from "./threat-sign-tables.ts";
import { isInHost } from "./threat-slashes.ts";

const code = (char: string): number => char.charCodeAt(0);
const pairOf = (text: string): number => pair(code(text), text.charCodeAt(1));
const wordsOf = (text: string): number =>
  triples[triple(code(text), text.charCodeAt(1), text.charCodeAt(2))] ?? 0;

describe("signPairs", () => {
  it("has every character behind a slash, and few behind other signs", () => {
    expect(signPairs.subarray(0x2f << 7, 0x30 << 7).every((one) => one > 0)).toBe(true);
    expect(signPairs[pairOf("< ")]).toBe(0);
    expect([signPairs[pairOf("//")], signPairs[pairOf("<B")]]).toEqual([signClass.address, signClass.always]);
  });
});

describe("triples", () => {
  it("tell how words begin, in either case, and anything behind one of two letters", () => {
    expect(wordsOf("cat") & wordBits.command).not.toBe(0);
    expect(wordsOf("CAT") & wordBits.command).not.toBe(0);
    expect(wordsOf("cxt") & wordBits.command).toBe(0);
    expect(wordsOf('ls"') & wordBits.command).not.toBe(0);
  });

  it("tell a word as far as it is certain", () => {
    // Of `vim?`.
    expect(wordsOf('vi"') & wordBits.operated).not.toBe(0);
  });

  it("tell what may stand behind each operator", () => {
    expect((operatorWords[code("&")] ?? 0) & wordBits.reference).not.toBe(0);
    expect((operatorWords[code("|")] ?? 0) & wordBits.reference).toBe(0);
  });
});

describe("sidePairs", () => {
  it.each([
    ["al", 0],
    ["rt", besides.callBefore],
    [" t", besides.callBefore],
    ["p ", besides.callBefore],
    ["e)", 0],
    [") ", besides.openBehind],
    ["){", besides.openBehind],
    [" S", besides.openBehind],
    ["#a", besides.openBehind],
    ["JA", besides.openBehind],
    ["et", besides.slashBehind],
    ["FI", besides.schemeBehind],
  ])("tells what %j is beside a sign", (text, side) => {
    const told = sidePairs[pairOf(text)] ?? 0;
    expect(side === 0 ? told & (besides.openBehind | besides.slashBehind) : told & side).toBe(side);
  });
});

describe("hostBytes", () => {
  it("takes by its halves the bytes that may be of the name of a host, and no other", () => {
    const taken = Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => ((hostBytes[byte & 15] ?? 0) & (hostBytes[16 + (byte >> 4)] ?? 0)) !== 0,
    );
    expect(taken).toEqual(Array.from({ length: 256 }, (_, byte) => byte).filter(isInHost));
  });
});

describe("byteKinds and nameBytes", () => {
  it("tell what a byte is", () => {
    const { letter, word, breaksOut, lineBreak, begins } = sideKinds;
    expect(byteKinds[code("n")]).toBe(letter | word | lineBreak);
    expect(byteKinds[code("5")]).toBe(word);
    expect(byteKinds[code("$")]).toBe(begins | breaksOut);
    expect(byteKinds[code("*")]).toBe(breaksOut);
    expect(byteKinds[0xe9]).toBe(0);
    const { host, oddHost, end, value, space, endOfHost } = nameKinds;
    expect(nameBytes[code("5")]).toBe(end | value | host | oddHost);
    expect(nameBytes[0xe9]).toBe(host | oddHost);
    expect(nameBytes[code("\t")]).toBe(space | endOfHost);
  });
});
