import { describe, expect, it } from "vitest";

import { codedParts } from "./coded-parts.ts";

describe("codedParts", () => {
  it("finds what is code in a sentence", () => {
    expect(codedParts("a batch of 7, and `batch` is 5")).toEqual([
      { text: "a batch of 7, and ", isCode: false },
      { text: "batch", isCode: true },
      { text: " is 5", isCode: false },
    ]);
    expect(codedParts("`id` and `kind`").filter(({ isCode }) => isCode)).toHaveLength(2);
    expect(codedParts("")).toEqual([]);
  });

  it("leaves a backquote that has no other", () => {
    expect(codedParts("`id` is a`b")).toEqual([
      { text: "id", isCode: true },
      { text: " is a`b", isCode: false },
    ]);
    expect(codedParts("`")).toEqual([{ text: "`", isCode: false }]);
  });
});
