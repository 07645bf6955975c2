import { describe, expect, it } from "vitest";

import { policyDifferences } from "./policy-difference.ts";

const size = (inbound: string, mode: "enforce" | "observe" = "enforce") => ({
  name: "messageSize",
  mode,
  values: [{ key: "inbound", value: inbound }],
});
const origin = { name: "origin", mode: "enforce", values: [] } as const;

describe("policyDifferences", () => {
  it("finds values and modes that changed, guards and routes that came or went", () => {
    const before = [
      { route: "/a", guards: [size("1MiB"), origin] },
      { route: "/b", guards: [] },
    ];
    const after = [
      { route: "/a", guards: [size("64KiB", "observe")] },
      { route: "/c", guards: [] },
    ];
    expect(policyDifferences(before, before)).toEqual([]);
    expect(policyDifferences(before, after)).toEqual([
      { route: "/a", guard: "messageSize", key: "mode", before: "enforce", after: "observe" },
      { route: "/a", guard: "messageSize", key: "inbound", before: "1MiB", after: "64KiB" },
      { route: "/a", guard: "origin", key: "", before: "enforce", after: null },
      { route: "/b", guard: null, key: "", before: "there", after: null },
      { route: "/c", guard: null, key: "", before: null, after: "there" },
    ]);
  });
});
