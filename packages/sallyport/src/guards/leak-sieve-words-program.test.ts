import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { SievePrograms, tables } from "../../test/sieve-fixture.ts";
import {
  AFTER,
  BEFORE,
  DOTS,
  filterBit,
  FIRST_WORD,
  hashOf,
  places,
  record,
  SIGN,
} from "./leak-sieve-layout.ts";
import { append, markProgram, wordProgram } from "./leak-sieve-words-program.ts";
import { searchFor } from "./leak-words.ts";
import { get, i32, set } from "./vector-code.ts";

const AT = 0x40;
const { words } = tables;
const { anchors } = searchFor(words);
const LIMIT = places.words + 8 * 100;

describe("markProgram", () => {
  const programs = new SievePrograms(words, [markProgram(AT)]);
  const mark = (text: string): void => {
    programs.hold(text);
    programs.run("c", text.length, BEFORE - 48);
  };

  it("marks digits, capitals, what stands between groups, and dots", () => {
    for (let before = 0; before < 40; before++) {
      const text = `${"x".repeat(before)}0a9AZ-. @[/:`;
      mark(text);
      const marked = (address: number): string =>
        programs
          .marked(address, text.length)
          .map((at) => text[at])
          .join("");
      expect([
        marked(places.digits),
        marked(places.capitals),
        marked(places.signs),
        marked(places.dots),
      ]).toEqual(["09", "AZ", "-. ", "."]);
    }
  });

  it("marks where the four bytes of a word may end, and three bytes behind a sign", () => {
    for (let before = 0; before < 40; before++) {
      const space = " ".repeat(before);
      for (const [index, written] of ["sEcReT", "KEY", "fd1a:"].entries()) {
        mark(`${space}${written}`);
        const end = before + (anchors[index] ?? 0) + 3;
        expect(programs.marked(places.hits, before + 8)).toContain(end);
      }
      mark(`${space}@`);
      expect(programs.marked(places.hits, before + 8)).toEqual([before + 3]);
    }
  });

  it("marks as far behind the text as may be looked at", () => {
    mark("7".repeat(100));
    mark("x");
    expect(programs.marked(places.digits, AFTER)).toEqual([]);
  });
});

describe("wordProgram", () => {
  const programs = new SievePrograms(words, [wordProgram(AT)]);
  const start = LIMIT + 64;
  const word = Buffer.from("KEY");
  const four = word.readUIntLE(0, 3);
  programs.memory.set(word, start + record.expected);
  programs.memory.fill(0xff, start + record.mask, start + record.mask + word.length);
  const view = new DataView(programs.memory.buffer);
  view.setInt32(start + record.id, FIRST_WORD + 1, true);
  view.setInt32(places.heads + 4 * hashOf(four, 2), start, true);
  const [filterAt, bit] = filterBit(hashOf(four, 3), 3);
  programs.memory[places.filters + filterAt] = bit;

  /** What it lists where a place in the text is marked. */
  const listed = (text: string, place: number, limit = LIMIT): ReturnType<typeof programs.listed> | null => {
    programs.hold(text);
    programs.memory.fill(0, places.hits, places.words);
    const hit = BEFORE + place + 3;
    programs.memory[places.hits + (hit >> 3)] = 1 << (hit & 7);
    const end = programs.run("w", text.length, limit) ?? 0;
    return end === limit ? null : programs.listed(end);
  };

  it("lists a word that stands there, and none that only begins alike", () => {
    for (let before = 0; before < 70; before++) {
      const space = " ".repeat(before);
      expect(listed(`${space}KEY`, before)).toEqual([[before, FIRST_WORD + 1]]);
      expect(listed(`${space}KEX`, before)).toEqual([]);
      expect(listed(`${space}key`, before)).toEqual([]);
    }
  });

  it("lists a sign between names alone", () => {
    expect(listed("a@b", 1)).toEqual([[1, SIGN]]);
    for (const text of [" @b", "a@ ", "a@.", "'@b"]) expect(listed(text, 1)).toEqual([]);
    expect(listed("_@b", 1)).toEqual([[1, SIGN]]);
  });

  it("lists nothing behind the text, and says where there is no room", () => {
    expect(listed("ab", 2)).toEqual([]);
    expect(listed("KEY", 0, places.words)).toBeNull();
  });

  it("knows no sign where none is looked for", () => {
    const none = new SievePrograms(words, [wordProgram(null)]);
    none.hold("a\0b");
    none.memory[places.hits + ((BEFORE + 4) >> 3)] = 1 << ((BEFORE + 4) & 7);
    expect(none.run("w", 3, LIMIT)).toBe(places.words);
  });
});

describe("append", () => {
  it("writes a place and a number as long as there is room", () => {
    const [out, limit] = [0, 1];
    const programs = new SievePrograms(
      [],
      [
        {
          name: "a",
          parameters: 2,
          declared: [],
          body: [set(limit, get(limit)), append({ out, limit }, i32.of(BEFORE + 7), i32.of(DOTS)), get(out)],
        },
      ],
    );
    const end = programs.run("a", places.words, places.words + 8);
    expect(end).toBe(places.words + 8);
    expect(programs.listed(places.words + 8)).toEqual([[7, DOTS]]);
    expect(programs.run("a", places.words + 8, places.words + 8)).toBe(places.words + 8);
  });
});
