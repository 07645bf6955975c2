import { describe, expect, it } from "vitest";
import { anonymous } from "../../test/handshake-fixture.ts";
import type { IssuedTicket, SingleUse } from "../guards/shared-state.ts";
import { createMemoryTickets } from "./memory-tickets.ts";

const ticket = (expiresAt: number): IssuedTicket => ({
  identity: anonymous,
  route: "/",
  origin: null,
  session: "s",
  refreshHash: "",
  keyThumbprint: null,
  expiresAt,
});

const use = (key: string, until: number): SingleUse => ({ key, issuedAt: 5, until });

describe("createMemoryTickets", () => {
  it("gives a ticket to one of all who ask at once", async () => {
    const tickets = createMemoryTickets({ maxEntries: 2, maxBytes: 10_000 });
    expect(await tickets.put("a", ticket(10), 0)).toBe(true);
    const taken = await Promise.all(Array.from({ length: 100 }, () => tickets.take("a", 0)));
    expect(taken.filter((one) => one !== null)).toEqual([ticket(10)]);
  });

  it("gives none that has ended, and none twice", async () => {
    const tickets = createMemoryTickets({ maxEntries: 2, maxBytes: 10_000 });
    await tickets.put("a", ticket(10), 0);
    expect(await tickets.take("a", 10)).toBeNull();
    expect(await tickets.take("a", 0)).toBeNull();
  });

  it("issues no more when it is full of tickets that wait, and goes on when they have ended", async () => {
    const tickets = createMemoryTickets({ maxEntries: 2, maxBytes: 10_000 });
    await tickets.put("a", ticket(10), 0);
    await tickets.put("b", ticket(20), 0);
    expect(await tickets.put("c", ticket(20), 9)).toBe(false);
    expect(await tickets.put("c", ticket(20), 10)).toBe(true);
    expect(await tickets.take("b", 10)).toEqual(ticket(20));
  });

  it("issues no more when those that wait hold as much as they may together, however few they are (CWE-770)", async () => {
    const tickets = createMemoryTickets({ maxEntries: 100, maxBytes: 10_000 });
    const heavy = (expiresAt: number): IssuedTicket => ({
      ...ticket(expiresAt),
      identity: { ...anonymous, claims: { groups: "g".repeat(4000) } },
    });
    expect(await tickets.put("a", heavy(10), 0)).toBe(true);
    expect(await tickets.put("b", heavy(2000), 0)).toBe(true);
    expect(await tickets.put("c", heavy(2000), 9)).toBe(false);
    expect(await tickets.put("d", ticket(2000), 9)).toBe(true);
    expect(await tickets.put("c", heavy(2000), 1010)).toBe(true);
    // A ticket that is taken, or replaced, gives its room back.
    expect(await tickets.put("c", heavy(2000), 1010)).toBe(false);
    expect(await tickets.take("b", 1010)).toEqual(heavy(2000));
    expect(await tickets.put("e", heavy(2000), 1010)).toBe(true);
  });

  it("notes what may be used once, until it would be refused for its age", async () => {
    const tickets = createMemoryTickets({ maxEntries: 1, maxBytes: 10_000 });
    expect(await tickets.useOnce(use("p", 10), 0)).toBe(true);
    expect(await tickets.useOnce(use("p", 10), 0)).toBe(false);
    expect(await tickets.useOnce(use("q", 20), 0)).toBe(false);
    expect(await tickets.useOnce(use("q", 20), 10)).toBe(true);
  });

  it("keeps room for each kind of what is used once, whatever another takes (CWE-770)", async () => {
    const tickets = createMemoryTickets({ maxEntries: 1, maxBytes: 10_000 });
    expect(await tickets.useOnce(use("dpop 1", 10), 0)).toBe(true);
    expect(await tickets.useOnce(use("dpop 2", 10), 0)).toBe(false);
    expect(await tickets.useOnce(use("logout 1", 10), 0)).toBe(true);
    expect(await tickets.useOnce(use("logout 1", 10), 0)).toBe(false);
  });

  it("looks through a full room once for all of a flood, and again after a second (CWE-407)", async () => {
    const tickets = createMemoryTickets({ maxEntries: 2, maxBytes: 10_000 });
    let looks = 0;
    const counted = {
      ...ticket(5000),
      get expiresAt() {
        looks++;
        return 5000;
      },
    };
    await tickets.put("a", counted, 0);
    await tickets.put("b", ticket(5000), 0);
    for (let flood = 0; flood < 100; flood++) expect(await tickets.put("c", ticket(5000), 1)).toBe(false);
    const first = looks;
    expect(first).toBeLessThan(5);
    expect(await tickets.put("c", ticket(5000), 1001)).toBe(false);
    expect(looks).toBeGreaterThan(first);
  });
});
