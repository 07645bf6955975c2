import { describe, expect, it } from "vitest";
import { Pending } from "./pending.ts";

describe("Pending", () => {
  it("keeps what a draft begins, and lets go of what it ends, once it is committed", () => {
    const pending = new Pending(2);
    const first = pending.draft();
    expect(first.begin("a", "A")).toBe("begun");
    expect(pending.find("a")).toBeUndefined();
    first.commit();
    expect(pending.find("a")).toEqual({ name: "A" });
    const second = pending.draft();
    expect(second.end("a")).toEqual({ name: "A" });
    expect(second.end("a")).toBeUndefined();
    expect(pending.find("a")).toEqual({ name: "A" });
    second.commit();
    expect(pending.find("a")).toBeUndefined();
  });

  it("refuses what is live, unless it was ended before in the same draft", () => {
    const pending = new Pending(10);
    const draft = pending.draft();
    expect(draft.begin("a", null)).toBe("begun");
    expect(draft.begin("a", null)).toBe("twice");
    draft.commit();
    const next = pending.draft();
    expect(next.begin("a", null)).toBe("twice");
    expect(next.end("a")).toEqual({ name: null });
    expect(next.begin("a", "new")).toBe("begun");
    expect(next.end("a")).toEqual({ name: "new" });
    expect(next.begin("a", "newer")).toBe("begun");
    next.commit();
    expect(pending.find("a")).toEqual({ name: "newer" });
  });

  it("is full with as many as may be live, those that a draft ends not counted", () => {
    const pending = new Pending(1);
    const draft = pending.draft();
    expect([draft.begin("a", null), draft.begin("b", null)]).toEqual(["begun", "full"]);
    draft.commit();
    const next = pending.draft();
    expect(next.begin("b", null)).toBe("full");
    next.end("a");
    expect(next.begin("b", null)).toBe("begun");
  });

  it("finds what is live by how its key begins", () => {
    const pending = new Pending(10);
    const draft = pending.draft();
    for (const key of ["a:1", "b:1", "a:2"]) draft.begin(key, null);
    draft.commit();
    expect(pending.keysBelow("a:")).toEqual(["a:1", "a:2"]);
  });
});
