import { describe, expect, it } from "vitest";

import { problemOf, traceOf } from "./problem-of.ts";

describe("problemOf", () => {
  it("is the message of an error, and the text of anything else", () => {
    expect(problemOf(new RangeError("too far"))).toBe("too far");
    expect(problemOf("thrown")).toBe("thrown");
  });
});

describe("traceOf", () => {
  it("is the stack of an error, its message where that is gone, and the text of anything else", () => {
    const error = new RangeError("too far");
    expect(traceOf(error)).toBe(error.stack);
    delete error.stack;
    expect(traceOf(error)).toBe("too far");
    expect(traceOf("thrown")).toBe("thrown");
  });
});
