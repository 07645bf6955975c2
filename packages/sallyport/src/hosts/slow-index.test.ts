import { describe, expect, it } from "vitest";
import type { OpenSession } from "./gate.ts";
import type { SessionFilter } from "./open-sessions.ts";
import { SlowIndex, type Slowing } from "./slow-index.ts";
import { targetMatcher } from "./watch-order.ts";

let asked = 0;

function slowing(filter: SessionFilter, perSecond = 1): Slowing {
  const target = { filter, spare: { allow: [], users: [] } };
  const isMeant = targetMatcher(target);
  return {
    order: { kind: "slow", incident: JSON.stringify(filter), target, perSecond, until: 1 },
    isMeant: (open) => ((asked += 1), isMeant(open)),
  };
}

/** As much of a connection as is looked at. */
function connection(session: string, address: string, user: string | null = null): OpenSession {
  const open = {
    route: "/chat",
    facts: { session, address, identity: { user, issuer: null, tenant: null } },
  };
  return open as unknown as OpenSession;
}

describe("SlowIndex", () => {
  it.each<[string, SessionFilter, string | null]>([
    ["a session", { session: "s" }, "ann"],
    ["a user", { user: "ann" }, "ann"],
    ["an address", { address: "192.0.2.7/32" }, null],
    ["a subnet", { address: "192.0.2.0/24" }, null],
    ["a route", { route: "/chat" }, null],
  ])("finds what is ordered for %s, and nothing once it is lifted", (_, filter, user) => {
    const index = new SlowIndex();
    const order = slowing(filter);
    index.add(order);
    expect(index.leastOf(connection("s", "192.0.2.7", user))).toBe(1);
    expect(index.leastOf({ ...connection("other", "198.51.100.1", "bob"), route: "/other" })).toBeNull();
    index.delete(order);
    index.delete(order);
    expect(index.leastOf(connection("s", "192.0.2.7", user))).toBeNull();
  });

  it("finds an IPv6 address by its /64, beside orders about IPv4, and means nobody by what is no address", () => {
    const index = new SlowIndex();
    for (const address of ["2001:db8::/64", "192.0.2.0/24", "nowhere"]) index.add(slowing({ address }));
    expect(index.leastOf(connection("s", "2001:db8::7"))).toBe(1);
    expect(index.leastOf(connection("s", "2001:db8:0:1::7"))).toBeNull();
    expect(index.leastOf(connection("s", "unix"))).toBeNull();
  });

  it("is the least rate of several orders, also of two about the same", () => {
    const index = new SlowIndex();
    const least = slowing({ user: "ann" }, 2);
    for (const order of [slowing({ address: "192.0.2.0/24" }, 5), slowing({ user: "ann" }, 3), least])
      index.add(order);
    const open = connection("s", "192.0.2.7", "ann");
    expect(index.leastOf(open)).toBe(2);
    index.delete(least);
    expect(index.leastOf(open)).toBe(3);
  });

  it("asks a connection about those orders alone that may mean it, however many there are", () => {
    const index = new SlowIndex();
    for (let host = 0; host < 1000; host += 1)
      index.add(slowing({ address: `10.0.${host >>> 8}.${host & 255}/32` }));
    index.add(slowing({ user: "ann" }));
    asked = 0;
    expect(index.leastOf(connection("s", "10.0.1.1", "ann"))).toBe(1);
    expect(asked).toBe(2);
  });
});
