import { describe, expect, it } from "vitest";
import { ToldFindings, type ToBeTold } from "./told-findings.ts";

const MINUTE = 60_000;
const finding = (key: string, isAnswered = false, magnitude = 1): ToBeTold => ({
  detector: "d",
  key,
  isAnswered,
  magnitude,
});

describe("ToldFindings", () => {
  it("tells the same once in its quiet time, and then with how often it came", () => {
    const told = new ToldFindings(10 * MINUTE, 60);
    expect(told.judge(finding("a"), 0)).toEqual({ verdict: "tell", repeated: 0 });
    expect(told.judge(finding("a"), MINUTE).verdict).toBe("repeated");
    expect(told.judge(finding("b"), MINUTE).verdict).toBe("tell");
    expect(told.judge(finding("a"), 9 * MINUTE).verdict).toBe("repeated");
    expect(told.judge(finding("a"), 10 * MINUTE)).toEqual({ verdict: "tell", repeated: 2 });
  });

  it("tells at once what is four times as bad as what was told", () => {
    const told = new ToldFindings(10 * MINUTE, 60);
    const verdicts = [1, 3.9, 4, 15, 16].map(
      (magnitude) => told.judge(finding("a", false, magnitude), 0).verdict,
    );
    expect(verdicts).toEqual(["tell", "repeated", "tell", "repeated", "tell"]);
  });

  it("tells less and less often what goes on without an answer, down to once a day", () => {
    const told = new ToldFindings(10 * MINUTE, 60);
    const times: number[] = [];
    for (let minute = 0; minute < 5 * 24 * 60; minute += 1)
      if (told.judge(finding("a"), minute * MINUTE).verdict === "tell") times.push(minute);
    expect(times.slice(0, 5)).toEqual([0, 10, 30, 70, 150]);
    expect(times).toHaveLength(12);
  });

  it("tells in its quiet time what is answered each time, or comes back after a longer one", () => {
    const told = new ToldFindings(10 * MINUTE, 60);
    const verdicts = (key: string, answered: boolean, minutes: readonly number[]): string[] =>
      minutes.map((minute) => told.judge(finding(key, answered), minute * MINUTE).verdict);
    expect(verdicts("a", true, [0, 10, 20, 30])).toEqual(["tell", "tell", "tell", "tell"]);
    expect(verdicts("b", false, [0, 10, 60, 71])).toEqual(["tell", "tell", "tell", "tell"]);
  });

  it("lets no detector tell more than its share of a minute, and counts the rest exactly", () => {
    const told = new ToldFindings(10 * MINUTE, 3);
    const verdicts = Array.from(
      { length: 10 },
      (_, index) => told.judge(finding(`k${index}`), index).verdict,
    );
    expect(verdicts.filter((verdict) => verdict === "tell")).toHaveLength(3);
    expect(told.judge({ ...finding("x"), detector: "other" }, 11).verdict).toBe("tell");
    expect(told.takeLeftOut(MINUTE - 1)).toEqual(new Map());
    expect(told.takeLeftOut(MINUTE)).toEqual(new Map([["d", 7]]));
    expect(told.takeLeftOut(2 * MINUTE)).toEqual(new Map());
    expect(told.judge(finding("k9"), 2 * MINUTE).verdict).toBe("tell");
  });

  it("lets nobody off an answer who brought about an alert before, nor keeps answers from others by alerts", () => {
    const told = new ToldFindings(10 * MINUTE, 2);
    for (const key of ["a", "b", "c"]) told.judge(finding(key), 0);
    expect(told.judge(finding("d"), 1).verdict).toBe("leftOut");
    expect(told.judge(finding("a", true), 2)).toEqual({ verdict: "tell", repeated: 0 });
    expect(told.judge(finding("a", true), 3).verdict).toBe("repeated");
    expect(told.judge(finding("b", true), 4).verdict).toBe("tell");
    expect(told.judge(finding("c", true), 5).verdict).toBe("leftOut");
    expect(told.takeLeftOut(MINUTE + 2)).toEqual(new Map([["d", 3]]));
  });

  it("says after each minute what was left out in it, though a flood goes on", () => {
    const told = new ToldFindings(10 * MINUTE, 3);
    const counts: number[] = [];
    let key = 0;
    for (let now = 0; now < 5 * MINUTE; now += 100) {
      told.judge(finding(`k${key++}`), now);
      if (now % 1000 === 500) for (const [, count] of told.takeLeftOut(now)) counts.push(count);
    }
    expect(counts).toEqual([597, 597, 597, 597]);
  });

  it("remembers a bounded number of findings", () => {
    const told = new ToldFindings(10 * MINUTE, 1_000_000);
    for (let index = 0; index < 20_000; index += 1) told.judge(finding(`k${index}`), 0);
    expect(told.size).toBe(16_384);
    expect(told.judge(finding("k0"), 1).verdict).toBe("tell");
  });
});
