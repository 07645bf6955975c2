import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import type { LeakDetector, LeakFind, LeakTrigger } from "./leak-detector.ts";
import { LeakScanner, MAX_FINDINGS, prepareScanner } from "./leak-scan.ts";
import { CHUNK } from "./leak-sieve-layout.ts";

function detectorOf(...triggers: readonly LeakTrigger[]): LeakDetector {
  return { id: "it", group: "own", what: "", validation: "", finds: "", passes: "", triggers };
}

function word(text: string, ignoreCase?: boolean): LeakTrigger {
  return {
    kind: "words",
    words: [text],
    ...(ignoreCase === undefined ? {} : { ignoreCase }),
    find: (_, at) => ({ start: at, end: at + text.length }),
  };
}

function startsIn(scanner: LeakScanner, text: string): readonly number[] {
  return scanner.scan(Buffer.from(text)).map(({ start }) => start);
}

const find: LeakFind = (_, at) => ({ start: at, end: at + 2 });

/** Places around those where the first pass begins a vector, or a chunk. */
const places = [0, 1, 2, 3, 4, 5, 6, 7, ...Array.from({ length: 48 }, (_, index) => CHUNK - 40 + index)];

describe("LeakScanner", () => {
  it.each(["eyJ", "AKIA", "ghp_x", "secret", "-----BEGIN ", "\u00e9\u00e8"])(
    "finds %s wherever it stands, once",
    (text) => {
      const scanner = new LeakScanner([detectorOf(word(text))]);
      for (const place of places) {
        expect(startsIn(scanner, "x".repeat(place) + text)).toEqual([place]);
        expect(startsIn(scanner, `${"\n".repeat(place)}${text}zzzzzzzz`)).toEqual([place]);
      }
    },
  );

  it("takes both cases of a letter for one where it is told to, and only there", () => {
    expect(startsIn(new LeakScanner([detectorOf(word("secret", true))]), ".SeCrEt.SECRET.secret")).toEqual([
      1, 8, 15,
    ]);
    expect(startsIn(new LeakScanner([detectorOf(word("secret"))]), ".SeCrEt.SECRET.secret")).toEqual([15]);
  });

  it("finds a sign between names wherever it stands, and nowhere else", () => {
    const scanner = new LeakScanner([detectorOf({ kind: "sign", sign: "@", find })]);
    for (const place of places) expect(startsIn(scanner, `${"x".repeat(place + 1)}@y`)).toEqual([place + 1]);
    expect(startsIn(scanner, "@y x@ x@, x@-y x @y %@1")).toEqual([21]);
    expect(startsIn(new LeakScanner([]), "x@y")).toEqual([]);
  });

  it("looks for one sign, and no other", () => {
    const two = ["@", "#"].map((sign): LeakTrigger => ({ kind: "sign", sign, find }));
    expect(() => new LeakScanner([detectorOf(...two)])).toThrow(RangeError);
  });

  it("finds two dots with six bytes between them wherever they stand", () => {
    const scanner = new LeakScanner([detectorOf({ kind: "dots", find })]);
    for (const place of places) expect(startsIn(scanner, `${"x".repeat(place)}.abcdef.x`)).toEqual([place]);
    expect(startsIn(scanner, ".abcde. .abcdefg.")).toEqual([]);
  });

  it("finds a word only where the sign stands that it needs", () => {
    const scanner = new LeakScanner([
      detectorOf({ kind: "words", words: ["fd1", "fe8"], also: [4, ":"], ignoreCase: true, find }),
    ]);
    expect(startsIn(scanner, "fd12 fd1:x FD1f:: fe8a fe8a:1")).toEqual([11, 23]);
  });

  it.each(["4111111111111111", "4111-1111-1111-1111", "4111.1111.1111.1111", "1.22.333"])(
    "finds the number %s wherever it stands",
    (text) => {
      const shapes = ["16", "4-4-4-4", "4.4.4.4", "1.2.3"];
      const scanner = new LeakScanner([detectorOf({ kind: "groups", shapes, check: () => true })]);
      for (const place of places) {
        expect(startsIn(scanner, "x".repeat(place) + text)).toEqual(place === 0 ? [0] : []);
        expect(startsIn(scanner, `${"x".repeat(place)} ${text} `)).toEqual([place + 1]);
      }
    },
  );

  it("looks at numbers that need a word within 64 bytes behind it alone, and not in the next message", () => {
    const context = [["number of it"]];
    const scanner = new LeakScanner([
      detectorOf({ kind: "groups", shapes: ["9", "3-3-3"], context, check: () => true }),
    ]);
    expect(startsIn(scanner, "the Number of it: 123456789, 123-456-789; 1234567890")).toEqual([18, 29]);
    expect(startsIn(scanner, `number of it${" ".repeat(64)}123456789`)).toEqual([]);
    expect(startsIn(scanner, "123456789 123-456-789")).toEqual([]);
  });

  it("keeps count of so many finds, and of no more", () => {
    const scanner = new LeakScanner([detectorOf(word("abc"))]);
    expect(startsIn(scanner, "abc ".repeat(MAX_FINDINGS + 10))).toHaveLength(MAX_FINDINGS);
  });

  it("asks no more often than there are bytes for it, however a text is made", () => {
    let asked = 0;
    const check = (): boolean => {
      asked++;
      return false;
    };
    const shapes = ["9", "13", "16", "4-4-4-4", "4 4 4 4", "3.3.3-2"];
    const scanner = new LeakScanner([detectorOf({ kind: "groups", shapes, check })]);
    const countOf = (text: string): number => {
      asked = 0;
      scanner.scan(Buffer.from(text));
      return asked;
    };
    for (const part of ["1", "1234 ", "1234-", "123.", "123456789 ", "1234567890123 ", "A1 ", "12A4567B9 "]) {
      const [once, twice] = [countOf(part.repeat(5000)), countOf(part.repeat(10_000))];
      expect(once).toBeLessThanOrEqual((part.length * 5000) / 2);
      expect(twice).toBeLessThanOrEqual(2 * once + 8);
    }
  });
});

describe("prepareScanner", () => {
  it("makes a scanner that finds what one made at once does, and lets others go on meanwhile", async () => {
    const detectors = [detectorOf(...Array.from({ length: 40 }, (_, index) => word(`prepared ${index}!`)))];
    let isAlone = true;
    setImmediate(() => (isAlone = false));
    const scanner = await prepareScanner(detectors);
    expect(isAlone).toBe(false);
    const text = "prepared 7! and prepared 39!";
    expect(startsIn(scanner, text)).toEqual(startsIn(new LeakScanner(detectors), text));
    expect(startsIn(scanner, text)).toEqual([0, 16]);
  });
});
