import { describe, expect, it } from "vitest";

import { columnsOf } from "./connection-columns.tsx";

function keys(areSeveral: boolean): string {
  return columnsOf(areSeveral)
    .map(({ key }) => key)
    .join(" ");
}

describe("columnsOf", () => {
  it.each([false, true])("are few in a narrow window; several nodes: %s", (areSeveral) => {
    expect(columnsOf(areSeveral).flatMap(({ key, narrow }) => (narrow === undefined ? [] : [key]))).toEqual([
      "user",
      "address",
      "opened",
    ]);
  });

  it("name the node where there are several", () => {
    expect(keys(false)).not.toContain("node");
    expect(keys(true)).toContain("route node");
  });
});
