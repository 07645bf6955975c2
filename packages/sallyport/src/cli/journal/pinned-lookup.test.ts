import { describe, expect, it } from "vitest";

import { pinnedLookup } from "./pinned-lookup.ts";

/** What a lookup answers. */
function ask(addresses: readonly string[], all: boolean): unknown[] {
  let answered: unknown[] = [];
  pinnedLookup(addresses)("test.example", { all }, (...answer) => (answered = answer));
  return answered;
}

describe("pinnedLookup", () => {
  it("answers the addresses that it was made of, all of them or the first", () => {
    const addresses = ["::1", "127.0.0.1"];
    expect(ask(addresses, false)).toEqual([null, "::1", 6]);
    expect(ask(addresses, true)).toEqual([
      null,
      [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ],
    ]);
  });

  it("knows nobody where there are none", () => {
    expect(ask([], true)[0]).toMatchObject({ code: "ENOTFOUND" });
  });
});
