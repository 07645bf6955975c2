import { describe, expect, it } from "vitest";
import { wantsColour } from "./wants-colour.ts";

const [terminal, pipe] = [{ isTTY: true }, {}];

describe("wantsColour", () => {
  it("is for terminals, all of them, that know colours", () => {
    expect(wantsColour([terminal, terminal], {})).toBe(true);
    expect(wantsColour([terminal, pipe], {})).toBe(false);
    expect(wantsColour([terminal], { TERM: "dumb" })).toBe(false);
  });

  it("heeds NO_COLOR unless it is empty (no-color.org)", () => {
    expect(wantsColour([terminal], { NO_COLOR: "1" })).toBe(false);
    expect(wantsColour([terminal], { NO_COLOR: "" })).toBe(true);
  });

  it("heeds FORCE_COLOR before all else, as Node does", () => {
    for (const value of ["", "1", "true", "2", "3"])
      expect(wantsColour([pipe], { FORCE_COLOR: value, NO_COLOR: "1" })).toBe(true);
    for (const value of ["0", "false"]) expect(wantsColour([terminal], { FORCE_COLOR: value })).toBe(false);
  });
});
