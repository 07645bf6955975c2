import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { load, MARGIN, SIGN_BITS, signPlaces } from "./leak-prefilter.ts";
import { Windows } from "./leak-windows.ts";

const WORD = Buffer.from("secret");
const EYJ = Buffer.from("eyJ");

/** Which of the places are left when every pair has the first number of signs. */
function left(windows: Windows, text: string, places: readonly number[]): readonly number[] {
  load(Buffer.from(text), 0);
  for (const [index, place] of [...places, -MARGIN].entries()) signPlaces[index] = place + MARGIN;
  const count = windows.sift(new Uint16Array(65_536).fill(1 << SIGN_BITS));
  return Array.from(signPlaces.subarray(0, count), (place) => place - MARGIN);
}

describe("Windows", () => {
  it.each([
    { what: "four bytes from the pair on", word: WORD, offset: 2 },
    { what: "four bytes that end with it", word: WORD, offset: 4 },
    { what: "three bytes from the pair on", word: EYJ, offset: 0 },
    { what: "three bytes that end with it", word: EYJ, offset: 1 },
  ])("leaves a pair whose word may stand there: $what", ({ word, offset }) => {
    const windows = new Windows(1);
    windows.add(1, word, offset);
    const text = `ab${word.toString()}zz${word.toString().toUpperCase()}ab....`;
    const second = 2 + word.length + 2;
    expect(left(windows, text, [0, 2 + offset, second + offset, second + word.length])).toEqual([
      2 + offset,
      second + offset,
    ]);
  });

  it("leaves each pair that is all that is known, and of numbers without words none", () => {
    const [any, none] = [new Windows(1), new Windows(1)];
    any.add(1, null, 0);
    expect(left(any, "abcdefgh", [0, 2, 4])).toEqual([0, 2, 4]);
    expect(left(none, "abcdefgh", [0, 2, 4])).toEqual([]);
  });

  it("leaves a pair that needs two dots where one stands seven bytes from either of its bytes", () => {
    const windows = new Windows(1);
    windows.addTwoDots(1);
    expect(left(windows, "a.bcdefg.hijklmnop", [0, 2, 8, 12])).toEqual([0, 8]);
  });
});
