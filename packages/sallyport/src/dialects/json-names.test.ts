import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  elementStarts,
  hasOtherCase,
  isJsonObject,
  standsTwice,
  suspectTwice,
  valueStartOf,
} from "./json-names.ts";

describe("isJsonObject", () => {
  it("is true of objects alone", () => {
    expect([{}, [], null, "x", 1, undefined].map(isJsonObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("suspectTwice", () => {
  it.each([
    ['{"type":"a"}', false],
    ['{"type":"a","data":"type"}', true],
    ['{"type":"a","data":{"type":1}}', true],
    ['{"type":"\\"type\\""}', false],
    ['{"type":"a","t\\u0079pe":1}', true],
    ['{"a":"b\\n"}', false],
  ])("looks at %s alone, quickly: %s", (text, suspected) => {
    expect(suspectTwice(["type"])(text)).toBe(suspected);
  });

  it("takes any escape for a possible name where the name may be escaped in short (RFC 8259 7)", () => {
    expect(suspectTwice(["a/b"])('{"a/b":1,"a\\/b":2}')).toBe(true);
    expect(suspectTwice(["type"])('{"type":1,"a\\/b":2}')).toBe(false);
  });
});

describe("suspectTwice of several names", () => {
  const many = Array.from({ length: 40 }, (_, index) => `name${index}`);

  it.each([
    [["type", "id"], '{"type":"a","id":"b"}', false],
    [["type", "id"], '{"id":1,"type":"a","id":2}', true],
    [[",", "type"], '{"type":"a","type":"b"}', true],
    [["a.b"], '{"a.b":1,"axb":2}', false],
    [[""], '{"":1,"x":""}', true],
    [many, '{"name39":1,"name8":2,"name39":3}', true],
  ])("looks at all of them at once: %j in %s", (names, text, suspected) => {
    expect(suspectTwice(names)(text)).toBe(suspected);
  });

  it("misses no name that a search for each alone finds twice", () => {
    const names = fc.uniqueArray(fc.constantFrom("type", "id", ",", ":", "", "a.b"), { minLength: 1 });
    const piece = fc.constantFrom('"type"', '"id"', '","', '":"', '""', '"a.b"', ",", ":", "x");
    fc.assert(
      fc.property(names, fc.array(piece, { maxLength: 6 }), (wanted, pieces) => {
        const text = pieces.join("");
        const twice = wanted.some((name) => {
          const first = text.indexOf(`"${name}"`);
          return first !== -1 && text.includes(`"${name}"`, first + name.length + 2);
        });
        expect(!twice || suspectTwice(wanted)(text)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("standsTwice", () => {
  it.each([
    ['{"type":1,"type":2}', true],
    ['{ "type" : {"x":[1,"}"]} , "\\u0074ype" : 2 }', true],
    ['{"type":1,"id":2,"a":{"type":3},"b":["id"]}', false],
    ['{"a":1,"a":2}', false],
    ["{}", false],
    ["[1]", false],
    ["7", false],
  ])("says of %s: %s (RFC 8259 4)", (text, twice) => {
    expect(standsTwice(text, 0, ["type", "id"])).toBe(twice);
  });

  it("is true only where it was suspected, and agrees with a reader that remembers every name", () => {
    const names = fc.constantFrom("type", "id", "t\\u0079pe", "Type", "x");
    const value = fc.jsonValue({ maxDepth: 2 }).map((plain) => JSON.stringify(plain));
    const members = fc.array(fc.tuple(names, value), { maxLength: 6 });
    fc.assert(
      fc.property(members, (list) => {
        const text = `{${list.map(([name, plain]) => `"${name}" : ${plain}`).join(" ,\n")}}`;
        const meant = list.map(([name]) => String(JSON.parse(`"${name}"`)));
        const expected = ["type", "id"].some((name) => meant.filter((one) => one === name).length > 1);
        expect(standsTwice(text, 0, ["type", "id"])).toBe(expected);
        expect(!expected || suspectTwice(["type", "id"])(text)).toBe(true);
      }),
    );
  });
});

describe("valueStartOf", () => {
  it.each([
    ['{"a":1}', 5],
    ['{ "b" : {"a":2} , "\\u0061" : 1 }', 29],
    ['{"b":1}', -1],
    ["[1]", -1],
  ])("finds in %s where `a` begins: %i", (text, start) => {
    expect(valueStartOf(text, 0, "a")).toBe(start);
  });
});

describe("elementStarts", () => {
  it.each([
    ["[]", []],
    ["[ ]", []],
    ['[{"a":[1,2]} , "],",3]', [1, 15, 20]],
  ])("finds where the elements of %s begin", (text, starts) => {
    expect([...elementStarts(text, 0)]).toEqual(starts);
  });
});

const LETTERS = Array.from("aAkKsSzZ[{@`ſKßẞıİΣσς");
const fold = (text: string): string => text.toUpperCase().toLowerCase();

describe("hasOtherCase", () => {
  it("finds members that only case tells from a name, as Go's encoding/json reads them", () => {
    expect(hasOtherCase({ type: 1, Type: 2 }, ["type"])).toBe(true);
    expect(hasOtherCase({ METHOD: 2 }, ["id", "method"])).toBe(true);
    expect(hasOtherCase({ paramſ: 2 }, ["params"])).toBe(true);
    expect(hasOtherCase({ type: 1, types: 2, tipe: 3 }, ["type"])).toBe(false);
  });

  it("takes no other characters of ASCII for one letter, though they lie as far apart", () => {
    expect(hasOtherCase({ "a@": 1, "a[": 2 }, ["a`", "a{"])).toBe(false);
  });

  it("says what folding each name whole says (Unicode simple case folding)", () => {
    const name = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 4 });
    fc.assert(
      fc.property(name, name, (key, wanted) => {
        const expected = key.length === wanted.length && key !== wanted && fold(key) === fold(wanted);
        expect(hasOtherCase({ [key]: 1 }, [wanted])).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
