import { describe, expect, it } from "vitest";

import { problemOf } from "./problem-of.ts";

describe("problemOf", () => {
  it("is the message of an error, and the text of anything else", () => {
    expect(problemOf(new RangeError("too far"))).toBe("too far");
    expect(problemOf("thrown")).toBe("thrown");
  });
});
