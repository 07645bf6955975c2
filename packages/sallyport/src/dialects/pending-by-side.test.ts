import { describe, expect, it } from "vitest";
import { PendingBySide } from "./pending-by-side.ts";

describe("PendingBySide", () => {
  it("counts what each side has begun by itself", () => {
    const pending = new PendingBySide(1);
    const draft = pending.draft();
    expect(draft.of("inbound").begin("a", null)).toBe("begun");
    expect(draft.of("inbound").begin("b", null)).toBe("full");
    expect(draft.of("outbound").begin("c", null)).toBe("begun");
    expect(draft.of("outbound").begin("d", null)).toBe("full");
  });

  it("keeps both sides of a draft once it is committed", () => {
    const pending = new PendingBySide(2);
    const draft = pending.draft();
    draft.of("inbound").begin("x:1", "one");
    draft.of("outbound").begin("x:2", "two");
    expect(pending.keysBelow("inbound", "x:")).toEqual([]);
    draft.commit();
    expect(pending.keysBelow("inbound", "x:")).toEqual(["x:1"]);
    expect(pending.keysBelow("outbound", "x:")).toEqual(["x:2"]);
    expect(pending.draft().of("inbound").end("x:2")).toBeUndefined();
    expect(pending.draft().of("outbound").end("x:2")).toEqual({ name: "two" });
  });
});
