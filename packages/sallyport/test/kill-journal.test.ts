import { describe, expect, it } from "vitest";

import { killJournal } from "./kill-journal.ts";

describe("a journal whose writer is killed with SIGKILL under load", () => {
  it("has everything that was acknowledged, and its chain holds (design, invariant 8)", async () => {
    const killed = await killJournal(8);
    expect(killed).toMatchObject({ kills: 8, lost: 0, faults: [] });
    expect(killed.acknowledged).toBeGreaterThan(4000);
  });
});
