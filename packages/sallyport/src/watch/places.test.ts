import { describe, expect, it } from "vitest";
import { Places } from "./places.ts";

describe("Places", () => {
  it("takes an IPv4 address for itself, in its /24", () => {
    expect(new Places().of("203.0.113.77")).toEqual({
      one: "203.0.113.77",
      subnet: "203.0.113.0/24",
      family: 4,
    });
  });

  it("takes an IPv6 /64 for one, in its /48", () => {
    const places = new Places();
    const found = { one: "2001:db8:1:2::/64", subnet: "2001:db8:1::/48", family: 6 };
    expect(places.of("2001:db8:1:2:3:4:5:6")).toEqual(found);
    expect(places.of("2001:db8:1:2::1%eth0")).toEqual(found);
  });

  it("takes an IPv4-mapped address for its IPv4 address (RFC 4291 2.5.5.2)", () => {
    expect(new Places().of("::ffff:203.0.113.77")).toEqual({
      one: "203.0.113.77",
      subnet: "203.0.113.0/24",
      family: 4,
    });
  });

  it("says nothing about what is no address", () => {
    const places = new Places();
    expect(places.of("")).toBeNull();
    expect(places.of("unix")).toBeNull();
    expect(places.of("unix")).toBeNull();
  });

  it("says the same again, however many come between", () => {
    const places = new Places();
    const first = places.of("10.9.9.9");
    for (let index = 0; index < 20_000; index += 1)
      places.of(`10.${index >>> 16}.${(index >>> 8) & 255}.${index & 255}`);
    expect(places.of("10.9.9.9")).toEqual(first);
    expect(places.of("10.9.9.9")).toBe(places.of("10.9.9.9"));
  });
});
