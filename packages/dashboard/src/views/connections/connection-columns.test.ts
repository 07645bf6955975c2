import { describe, expect, it } from "vitest";

import { columns } from "./connection-columns.tsx";

describe("columns", () => {
  it("are few in a narrow window", () => {
    expect(columns.flatMap(({ key, narrow }) => (narrow === undefined ? [] : [key]))).toEqual([
      "user",
      "address",
      "opened",
    ]);
  });
});
