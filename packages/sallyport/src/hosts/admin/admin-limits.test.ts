import { describe, expect, it } from "vitest";
import { createAdminLimits } from "./admin-limits.ts";

describe("createAdminLimits", () => {
  it("bounds what nobody known asks for each address, so that a flood keeps nobody else out", () => {
    const limits = createAdminLimits();
    const flood = Array.from({ length: 501 }, () => limits.anybody("dashboard", "203.0.113.7", 0));
    expect(flood.filter((ms) => ms === 0)).toHaveLength(500);
    expect(limits.anybody("dashboard", "203.0.113.8", 0)).toBe(0);
    expect(limits.anybody("live", "203.0.113.7", 0)).toBe(0);
    expect(limits.anybody("dashboard", "203.0.113.7", 10)).toBe(0);
  });

  it("counts an IPv6 /64 as one", () => {
    const limits = createAdminLimits();
    for (let last = 0; last < 500; last++) limits.anybody("dashboard", `2001:db8::${last.toString(16)}`, 0);
    expect(limits.anybody("dashboard", "2001:db8::ffff", 0)).toBeGreaterThan(0);
  });

  it("leaves those who are known their own, from however many addresses a flood comes", () => {
    const limits = createAdminLimits();
    for (let network = 0; network < 10_000; network++)
      limits.anybody("live", `2001:db8:0:${network.toString(16)}::1`, 0);
    for (let count = 0; count < 501; count++) limits.anybody("live", "192.0.2.1", 0);
    expect(limits.anybody("live", "192.0.2.2", 0)).toBeGreaterThan(0);
    expect(limits.call("grafana", 0)).toBe(0);
  });
});
