import { describe, expect, it } from "vitest";
import { SievePrograms } from "../../test/sieve-fixture.ts";
import { BEFORE, DOTS, places } from "./leak-sieve-layout.ts";
import { numberProgram } from "./leak-sieve-numbers-program.ts";
import { markProgram } from "./leak-sieve-words-program.ts";

const LIMIT = places.words + 8 * 100;
const programs = new SievePrograms([], [markProgram(0), numberProgram()]);

/** Where numbers and codes may begin, how often that was told, and where two dots stand. */
function look(text: string): { numbers: readonly number[]; told: number; dots: readonly number[] } {
  programs.hold(text);
  programs.run("c", text.length, BEFORE - 48);
  const end = programs.run("n", text.length + BEFORE, places.words, LIMIT) ?? 0;
  const dots = programs.listed(end);
  expect(dots.every(([, id]) => id === DOTS)).toBe(true);
  const [told = 0] = new Int32Array(programs.memory.buffer, places.numbers, 1);
  return { numbers: programs.marked(places.seen, text.length), told, dots: dots.map(([at]) => at) };
}

describe("numberProgram", () => {
  it.each(["41111111", "A23456789", "12-34", "1-22-3", "GB82"])(
    "tells where %s begins, wherever it stands",
    (text) => {
      for (let before = 0; before < 120; before++)
        expect(look(`${" ".repeat(before)}${text} `)).toEqual({ numbers: [before], told: 1, dots: [] });
    },
  );

  it.each([
    ["another first digit", "51111111"],
    ["a digit too many", "411111111"],
    ["a letter behind it", "41111111a"],
    ["a group beyond a dash", "41111111-1"],
    ["a group before a dash", "12-41111111"],
    ["capitals alone", "ABCDEFGHI"],
    ["groups of other lengths", "123-45"],
    ["no third group", "1-22 x"],
    ["nothing", ""],
  ])("tells nothing of %s: %s", (_what, text) => {
    expect(look(text)).toEqual({ numbers: [], told: 0, dots: [] });
  });

  it("lists two dots with six bytes between them", () => {
    for (let before = 0; before < 120; before++)
      expect(look(`${" ".repeat(before)}.abcdef.x`).dots).toEqual([before]);
    expect(look(".abcde. .abcdefg.").dots).toEqual([]);
  });
});
