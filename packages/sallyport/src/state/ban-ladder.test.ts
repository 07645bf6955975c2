import { describe, expect, it } from "vitest";
import { BanLadder } from "./ban-ladder.ts";

const steps = { first: 600_000, most: 86_400_000, decay: 3_600_000 };
const cidr = "203.0.113.7/32";

/** Minutes of each ban, when each begins the moment that the one before ends. */
function minutesOf(ladder: BanLadder, bans: number): number[] {
  let now = 0;
  return Array.from({ length: bans }, () => {
    const until = ladder.climb(cidr, steps, now);
    const minutes = (until - now) / 60_000;
    now = until;
    return minutes;
  });
}

describe("BanLadder", () => {
  it("doubles each further ban of the same address, up to the most", () => {
    expect(minutesOf(new BanLadder(), 10)).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
  });

  it("stays a number however often", () => {
    expect(minutesOf(new BanLadder(), 2000).at(-1)).toBe(1440);
  });

  it("begins anew after the decay, which is counted from the end of the last ban", () => {
    const ladder = new BanLadder();
    const until = ladder.climb(cidr, steps, 0);
    expect(ladder.climb(cidr, steps, until + steps.decay - 1) - (until + steps.decay - 1)).toBe(1_200_000);
    const later = until + steps.decay - 1 + 1_200_000 + steps.decay;
    expect(ladder.climb(cidr, steps, later) - later).toBe(600_000);
  });

  it("knows each address for itself", () => {
    const ladder = new BanLadder();
    ladder.climb(cidr, steps, 0);
    expect(ladder.climb("203.0.113.8/32", steps, 0)).toBe(600_000);
    expect(ladder.size).toBe(2);
  });

  it("takes a step back that was a mistake", () => {
    const ladder = new BanLadder();
    ladder.climb(cidr, steps, 0);
    ladder.climb(cidr, steps, 0);
    ladder.descend(cidr, 0);
    expect(ladder.climb(cidr, steps, 0)).toBe(1_200_000);
    ladder.descend(cidr, 0);
    ladder.descend(cidr, 0);
    expect(ladder.size).toBe(0);
    ladder.descend(cidr, 0);
    expect(ladder.climb(cidr, steps, 0)).toBe(600_000);
  });

  it("keeps a bounded number, and forgets the one that was banned longest ago", () => {
    const ladder = new BanLadder();
    for (let index = 0; index < 10_100; index++)
      ladder.climb(`2001:db8:0:${index.toString(16)}::/64`, steps, 0);
    expect(ladder.size).toBe(10_000);
    expect(ladder.climb("2001:db8:0:0::/64", steps, 0)).toBe(600_000);
  });
});
