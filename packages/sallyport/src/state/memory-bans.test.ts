import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryBans } from "./memory-bans.ts";

const forever = { reason: "abuse", until: null };

describe("createMemoryBans", () => {
  it("finds the ban of an address, and nobody else's", () => {
    const bans = createMemoryBans({ maxEntries: 10 });
    expect(bans.add("192.0.2.7", forever)).toEqual({ ok: true, ban: { cidr: "192.0.2.7/32", ...forever } });
    expect(bans.find("192.0.2.7", 0)).toEqual({ cidr: "192.0.2.7/32", ...forever });
    expect(bans.find("::ffff:192.0.2.7", 0)?.reason).toBe("abuse");
    expect(bans.find("192.0.2.8", 0)).toBeNull();
    expect(bans.find("2001:db8::1", 0)).toBeNull();
    expect(bans.find("unknown", 0)).toBeNull();
  });

  it("finds the ban of a range, by any of its addresses", () => {
    const bans = createMemoryBans({ maxEntries: 10 });
    bans.add("192.0.2.0/24", forever);
    bans.add("2001:db8:1:2::/64", { reason: "flood", until: null });
    bans.add("0.0.0.0/1", { reason: "half", until: null });
    expect(bans.find("192.0.2.255", 0)?.reason).toBe("abuse");
    expect(bans.find("192.0.3.0", 0)).toBeNull();
    expect(bans.find("2001:db8:1:2:ffff::1", 0)?.reason).toBe("flood");
    expect(bans.find("2001:db8:1:3::1", 0)).toBeNull();
    expect(bans.find("127.0.0.1", 0)?.reason).toBe("half");
  });

  it("lets a ban end, by the clock that it is given", () => {
    const bans = createMemoryBans({ maxEntries: 10 });
    bans.add("192.0.2.7", { reason: "flood", until: 1000 });
    expect(bans.find("192.0.2.7", 999)).not.toBeNull();
    expect(bans.list(999)).toHaveLength(1);
    expect(bans.find("192.0.2.7", 1000)).toBeNull();
    expect(bans.list(1000)).toEqual([]);
  });

  it("looks on when one of the covering bans has ended", () => {
    const bans = createMemoryBans({ maxEntries: 10 });
    bans.add("192.0.2.7", { reason: "short", until: 1000 });
    bans.add("192.0.2.0/24", { reason: "long", until: 2000 });
    expect(bans.find("192.0.2.7", 1500)?.reason).toBe("long");
  });

  it("replaces the ban of exactly the same range", () => {
    const bans = createMemoryBans({ maxEntries: 1 });
    bans.add("192.0.2.7", forever);
    bans.add("192.0.2.7/32", { reason: "again", until: 5 });
    expect(bans.list(0)).toEqual([{ cidr: "192.0.2.7/32", reason: "again", until: 5 }]);
  });

  it("lifts the ban of exactly the range that is named", () => {
    const bans = createMemoryBans({ maxEntries: 10 });
    bans.add("192.0.2.0/24", forever);
    expect(bans.remove("192.0.2.7")).toBe(false);
    expect(bans.remove("192.0.2")).toBe(false);
    expect([bans.get("192.0.2.7"), bans.get("192.0.2")]).toEqual([null, null]);
    expect(bans.get("192.0.2.0/24")?.cidr).toBe("192.0.2.0/24");
    expect(bans.remove("192.0.2.0/24")).toBe(true);
    expect(bans.remove("192.0.2.0/24")).toBe(false);
    expect(bans.find("192.0.2.7", 0)).toBeNull();
  });

  it("keeps other bans of the same prefix length when one is lifted", () => {
    const bans = createMemoryBans({ maxEntries: 10 });
    bans.add("192.0.2.7", forever);
    bans.add("192.0.2.8", forever);
    bans.remove("192.0.2.7");
    expect(bans.find("192.0.2.8", 0)).not.toBeNull();
  });

  it.each(["192.0.2", "10.0.0.1/8", ""])("refuses %j, and says why", (text) => {
    expect(createMemoryBans({ maxEntries: 10 }).add(text, forever)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(JSON.stringify(text)),
    });
  });

  it.each([Number.NaN, -1, Infinity, 9e15])("refuses a ban that ends at %d", (until) => {
    const added = createMemoryBans({ maxEntries: 10 }).add("192.0.2.7", { reason: "flood", until });
    expect(added).toMatchObject({ ok: false, problem: expect.stringContaining("milliseconds since 1970") });
  });

  it("makes room by dropping the ban that would end first, never one without an end", () => {
    const bans = createMemoryBans({ maxEntries: 3, wallNow: () => 0 });
    bans.add("192.0.2.1", forever);
    bans.add("192.0.2.2", { reason: "flood", until: 2000 });
    bans.add("192.0.2.3", { reason: "flood", until: 1000 });
    bans.add("192.0.2.4", { reason: "flood", until: 3000 });
    expect(bans.list(0).map(({ cidr }) => cidr)).toEqual(["192.0.2.1/32", "192.0.2.2/32", "192.0.2.4/32"]);
    expect(bans.find("192.0.2.3", 0)).toBeNull();
  });

  it("drops automatic bans before those by hand, however soon these would end, and what has ended before both", () => {
    const clock = { now: 0 };
    const bans = createMemoryBans({ maxEntries: 3, wallNow: () => clock.now });
    const kept = (): string[] => bans.list(0).map(({ cidr }) => cidr.slice(8, -3));
    bans.add("192.0.2.1", { reason: "by hand", until: 1000 });
    bans.add("192.0.2.2", { reason: "watch", until: 3000, automatic: true });
    bans.add("192.0.2.3", { reason: "watch", until: 2000, automatic: true });
    bans.add("192.0.2.4", { reason: "watch", until: 5000, automatic: true });
    expect(kept()).toEqual(["1", "2", "4"]);
    clock.now = 1000;
    bans.add("192.0.2.5", { reason: "by hand", until: 9000 });
    expect(kept()).toEqual(["2", "4", "5"]);
  });

  it("lets no automatic ban put out one by hand: whoever has many addresses would lift it", () => {
    const bans = createMemoryBans({ maxEntries: 1, wallNow: () => 0 });
    bans.add("192.0.2.1", { reason: "by hand", until: 1000 });
    expect(bans.add("192.0.2.2", { reason: "watch", until: 5000, automatic: true })).toEqual({
      ok: false,
      problem: "1 bans by hand are kept: remove one first",
    });
    expect(bans.add("192.0.2.3", { reason: "by hand", until: 500 }).ok).toBe(true);
    expect(bans.list(0)).toMatchObject([{ cidr: "192.0.2.3/32" }]);
  });

  it("refuses a new ban when it is full of bans without an end", () => {
    const bans = createMemoryBans({ maxEntries: 1 });
    bans.add("192.0.2.1", forever);
    expect(bans.add("192.0.2.2", forever)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("remove one"),
    });
    expect(bans.size).toBe(1);
  });

  it("stays within its bound and finds every ban it lists, whatever is done to it", () => {
    const until = fc.option(fc.nat(20), { nil: null });
    const text = fc.constantFrom("192.0.2.1", "192.0.2.0/24", "192.0.2.2", "2001:db8::1", "2001:db8::/64");
    const step = fc.record({ remove: fc.boolean(), text, until });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(20), (steps, now) => {
        const bans = createMemoryBans({ maxEntries: 3 });
        for (const { remove, text: target, until: end } of steps) {
          if (remove) bans.remove(target);
          else bans.add(target, { reason: "x", until: end });
          expect(bans.size).toBeLessThanOrEqual(3);
        }
        for (const { cidr } of bans.list(now))
          expect(bans.find(cidr.replace(/\/.*/, ""), now)).not.toBeNull();
      }),
    );
  });
});
