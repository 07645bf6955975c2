import { describe, expect, it } from "vitest";
import { AllowList } from "./allow-list.ts";

const list = new AllowList(["10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48"], ["ops"]);

describe("AllowList", () => {
  it("has addresses, ranges and users", () => {
    expect(list.has({ kind: "address", value: "10.1.2.3" })).toBe(true);
    expect(list.has({ kind: "address", value: "192.0.2.8" })).toBe(false);
    expect(list.has({ kind: "address", value: "2001:db8:1:2::/64" })).toBe(true);
    expect(list.has({ kind: "address", value: "2001:db8:2::/64" })).toBe(false);
    expect(list.has({ kind: "user", value: "ops" })).toBe(true);
    expect(list.has({ kind: "user", value: "ann" })).toBe(false);
  });

  it("has no session and no route", () => {
    expect(list.has({ kind: "session", value: "ops" })).toBe(false);
    expect(list.has({ kind: "route", value: "10.0.0.0/8" })).toBe(false);
  });

  it("has a subnet as soon as it has one address of it: none is banned in part", () => {
    expect(list.hasAddress("192.0.2.0/24")).toBe(true);
    expect(list.hasAddress("192.0.3.0/24")).toBe(false);
    expect(list.hasAddress("not an address/24")).toBe(false);
    expect(list.hasUser("ops")).toBe(true);
  });
});
