import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNeeds, Grams } from "./threat-grams.ts";

describe("Grams", () => {
  it("tells that texts are not in what was read, each length of them", () => {
    const grams = new Grams();
    grams.read("Time.SLEEP(5)");
    for (const text of ["sleep(", "ep(5)", "e.", "("])
      expect(grams.mayHold(createNeeds([[text]]))).toBe(true);
    for (const text of ["union", "ee(", "''", "x"]) expect(grams.mayHold(createNeeds([[text]]))).toBe(false);
    expect(grams.mayHold(createNeeds([["union", "sleep"], ["("]]))).toBe(true);
    expect(grams.mayHold(createNeeds([["sleep"], ["union"]]))).toBe(false);
    expect(grams.mayHold([])).toBe(true);
    grams.read("é");
    expect(grams.mayHold(createNeeds([["sleep"]]))).toBe(false);
  });

  it("never says of a text in it that it is not", () => {
    const grams = new Grams();
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (before, text, after) => {
        grams.read(before + text + after);
        expect(grams.mayHold(createNeeds([[text.toLowerCase()]]))).toBe(true);
      }),
    );
  });
});
