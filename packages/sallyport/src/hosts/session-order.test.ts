import { describe, expect, it } from "vitest";
import type { SessionView } from "./session-view.ts";
import { byAge, comparePlaces, placeOf } from "./session-order.ts";

function view(user: string | null): SessionView {
  return {
    session: "s",
    route: "/",
    user,
    issuer: null,
    tenant: null,
    provider: "jwt",
    address: "::1",
    host: "",
    path: "/",
    origin: null,
    subprotocol: null,
    openedAt: "1970-01-01T00:00:01.000Z",
    expiresAt: null,
    refreshable: false,
    inbound: { messages: 0, bytes: 0 },
    outbound: { messages: 0, bytes: 0 },
    waitingBytes: 0,
    policy: "",
    compression: null,
  };
}

describe("comparePlaces", () => {
  it("is by the value, then by id, whichever way", () => {
    const [a, b] = [
      { session: "a", value: 1 },
      { session: "b", value: 1 },
    ];
    for (const descending of [false, true]) {
      const compare = (one: typeof a, other: typeof a): number =>
        comparePlaces(one, other, { by: "opened", descending });
      expect([compare(a, b), compare(b, a), compare(a, a)]).toEqual([-1, 1, 0]);
      expect(compare({ ...b, value: 0 }, a)).toBe(descending ? 1 : -1);
    }
  });
});

describe("placeOf", () => {
  it("fits in a URL, whatever somebody is called, and comes back from there as it went", () => {
    for (const user of ["\u{1F600}".repeat(65_536), `x${"\u{1F600}".repeat(200)}`, "\uD800", ""]) {
      const { value } = placeOf(view(user), { by: "user", descending: true });
      const written = Buffer.from(String(value)).toString("base64url");
      expect(written.length).toBeLessThan(1024);
      expect(Buffer.from(written, "base64url").toString()).toBe(value);
    }
  });

  it("has nobody first, and a proof that does not end last", () => {
    expect(placeOf(view(null), { by: "user", descending: false }).value).toBe("");
    expect(placeOf(view(null), { by: "ends", descending: false }).value).toBe(Number.MAX_SAFE_INTEGER);
    expect(placeOf(view(null), byAge).value).toBe(1000);
  });
});
