import { describe, expect, it } from "vitest";
import { describeValue, formatPath, formatPattern, renderProblem } from "./problem.ts";

const problem = {
  file: "sallyport.yaml",
  path: "routes[0].origin.allow",
  line: 12,
  column: 5,
  found: 'the string "https://x"',
  expected: "a list of origins",
  mend: "Write: allow: [https://x]",
};

describe("formatPath", () => {
  it("writes list positions in brackets", () => {
    expect(formatPath(["routes", 0, "origin", "allow"])).toBe("routes[0].origin.allow");
    expect(formatPattern(["routes", 12, "host", 1])).toBe("routes[].host[]");
  });
});

describe("describeValue", () => {
  it.each([
    [undefined, "nothing"],
    [null, "nothing"],
    ["x", 'the string "x"'],
    [[], "an empty list"],
    [[1], "a list"],
    [{}, "a mapping"],
    [3, "the number 3"],
    [false, "the boolean false"],
    [Number.NaN, "the number null"],
    [() => 1, "the function "],
  ])("says what %j is", (value, words) => {
    expect(describeValue(value)).toBe(words);
  });

  it("cuts a long string", () => {
    expect(describeValue("x".repeat(5000)).length).toBeLessThan(100);
  });
});

describe("renderProblem", () => {
  it("writes one line with place, expectation, finding and mend", () => {
    expect(renderProblem(problem)).toBe(
      'sallyport.yaml:12:5 routes[0].origin.allow: expected a list of origins, found the string "https://x". Write: allow: [https://x]',
    );
  });

  it("leaves out what is not known", () => {
    const bare = { ...problem, file: null, line: 0, column: 0, path: "--to", mend: "" };
    expect(renderProblem(bare)).toBe('--to: expected a list of origins, found the string "https://x"');
    expect(renderProblem({ ...bare, path: "", expected: "", found: "It is wrong.", mend: "Mend it" })).toBe(
      "It is wrong. Mend it",
    );
    expect(renderProblem({ ...bare, file: "a.yaml", path: "" })).toBe(
      'a.yaml: expected a list of origins, found the string "https://x"',
    );
  });

  it("shows no control characters of a value", () => {
    expect(renderProblem({ ...problem, found: "\u001b[2J\n" })).not.toMatch(/\p{Cc}/u);
  });
});
