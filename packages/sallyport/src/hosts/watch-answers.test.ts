import { describe, expect, it } from "vitest";
import { createMemoryBans } from "../state/memory-bans.ts";
import { watchOptions } from "../watch/watch-options.ts";
import type { NamedFinding } from "../watch/watch.ts";
import { WatchAnswers } from "./watch-answers.ts";
import { nothingDone } from "./watch-order.ts";

const slow = (incident: string, parts: Partial<NamedFinding> = {}): NamedFinding => ({
  incident,
  detector: "trafficAnomaly",
  severity: "medium",
  answer: "slow",
  references: [],
  sentence: "s",
  measured: {},
  subject: { kind: "user", value: incident },
  route: null,
  address: null,
  user: null,
  session: null,
  ...parts,
});

function setUp(): WatchAnswers {
  return new WatchAnswers({ bans: createMemoryBans({ maxEntries: 10 }), order: async () => nothingDone });
}

describe("WatchAnswers", () => {
  const options = watchOptions.parse({ slow: { to: "1/s", for: "10m" } });

  it("forgets slow-downs that have ended, though no process starts that asks for them", async () => {
    const answers = setUp();
    for (let index = 0; index < 50; index++) await answers.answer(slow(`a${index}`), options, 0);
    expect(answers.slowingsKept).toBe(50);
    await answers.answer(slow("b"), options, 600_000);
    expect(answers.slowingsKept).toBe(1);
  });

  it("remembers a bounded number of slow-downs, the newest", async () => {
    const answers = setUp();
    for (let index = 0; index < 1100; index++) await answers.answer(slow(`a${index}`), options, 0);
    const kept = answers.slowings(0);
    expect(kept).toHaveLength(1000);
    expect(kept.at(-1)).toMatchObject({ incident: "a1099" });
  });

  it("says of a ban that it is in force, and can lift it, though connections could not be ended", async () => {
    const bans = createMemoryBans({ maxEntries: 10 });
    const answers = new WatchAnswers({ bans, order: () => Promise.reject(new Error("gone")) });
    const finding = slow("a", { answer: "ban", subject: { kind: "address", value: "192.0.2.1" } });
    const answered = await answers.answer(finding, options, 0);
    expect(answered).toMatchObject({
      outcome: "done",
      detail: expect.stringContaining("its open connections could not be ended"),
      ban: { cidr: "192.0.2.1/32" },
    });
    await answers.undo({ ...finding, type: "finding", outcome: "done", detail: "" }, answered, 1);
    expect(bans.list(1)).toEqual([]);
  });
});
