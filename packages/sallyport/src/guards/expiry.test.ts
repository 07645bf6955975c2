import { describe, expect, it } from "vitest";
import { quietConnection as view } from "../../test/quiet-connection.ts";
import { expiry } from "./expiry.ts";
import type { ConnectionFacts, Identity } from "./guard.ts";
import { makeServices } from "../../test/handshake-fixture.ts";
import { facts, handle } from "../../test/recorded-session.ts";

const DAY = 86_400_000;
const wallNow = Date.UTC(2030, 0, 1);
const services = makeServices({ wallNow: () => wallNow });
function factsUntil(expiresAt: number | null): ConnectionFacts {
  const identity: Identity = {
    provider: "jwt",
    user: "u",
    issuer: "i",
    claims: {},
    tenant: null,
    expiresAt,
    credential: "authorization",
  };
  return { ...facts, identity, wallNow, now: 5000 };
}

async function opened(expiresAt: number | null) {
  const guard = await expiry.create(expiry.options.parse({}), services);
  return guard.open?.(factsUntil(expiresAt), handle);
}

describe("expiry", () => {
  it("waits until the token ends, on the monotonic clock", async () => {
    const connection = await opened(wallNow + 60_000);
    expect(connection?.tick?.(5000, view)).toEqual({ verdict: "wait", untilMs: 65_000 });
    expect(connection?.tick?.(64_999, view)).toEqual({ verdict: "wait", untilMs: 65_000 });
  });

  it("closes when the token ends (A25)", async () => {
    const connection = await opened(wallNow + 60_000);
    expect(connection?.tick?.(65_000, view)).toEqual({
      verdict: "close",
      code: "expiry.token",
      detail: "ended at 2030-01-01T00:01:00.000Z",
    });
  });

  it("closes at once when the token ended during the handshake", async () => {
    const connection = await opened(wallNow - 1);
    expect(connection?.tick?.(5000, view)).toMatchObject({ verdict: "close", code: "expiry.token" });
  });

  it("asks again within a day, so that no timer overflows 32 bits", async () => {
    const connection = await opened(wallNow + 400 * DAY);
    expect(connection?.tick?.(5000, view)).toEqual({ verdict: "wait", untilMs: 5000 + DAY });
  });

  it("never asks for a timer when the proof does not end", async () => {
    expect(await opened(null)).toEqual({});
  });

  it("lets a connection that can be refreshed outlive its token by the grace", async () => {
    const guard = await expiry.create(expiry.options.parse({ grace: "10s" }), services);
    const known = { ...factsUntil(wallNow + 60_000), refreshable: true };
    const connection = guard.open?.(known, handle);
    expect(connection?.tick?.(65_000, view)).toEqual({ verdict: "wait", untilMs: 75_000 });
    expect(connection?.tick?.(75_000, view)).toMatchObject({ verdict: "close", code: "expiry.token" });
  });

  it("goes by the proof that a refresh put in force, also by one that does not end", async () => {
    const guard = await expiry.create(expiry.options.parse({ grace: "10s" }), services);
    const known = { ...factsUntil(null), refreshable: true };
    const connection = guard.open?.(known, handle);
    expect(connection?.tick?.(5000, view)).toEqual({ verdict: "wait", untilMs: 5000 + DAY });
    const { identity } = factsUntil(wallNow + 30_000);
    connection?.refreshed?.({ identity, wallNow, now: 6000 });
    expect(connection?.tick?.(46_000, view)).toMatchObject({
      detail: "ended at 2030-01-01T00:00:30.000Z",
    });
    connection?.refreshed?.({ identity: { ...identity, expiresAt: null }, wallNow, now: 6000 });
    expect(connection?.tick?.(46_000, view)).toEqual({ verdict: "wait", untilMs: 46_000 + DAY });
  });

  it.each([
    [60_000, false, "pass"],
    [null, false, "pass"],
    [0, false, "refuse"],
    [0, true, "pass"],
    [-25_000, true, "refuse"],
  ])(
    "judges anew a connection whose proof ends in %s ms (refreshable: %s): %s",
    async (left, refreshable, verdict) => {
      const guard = await expiry.create(expiry.options.parse({}), services);
      const known = { ...factsUntil(left === null ? null : wallNow + left), refreshable };
      expect(guard.readmit?.(known).verdict).toBe(verdict);
    },
  );

  it.each([
    [undefined, 600_000, 60_000],
    [undefined, 100_000, 20_000],
    ["30s", 600_000, 30_000],
    ["30s", 10_000, 10_000],
  ])(
    "with a window of %s asks for a refresh of a proof of %s ms %s ms before its end",
    async (window, life, ms) => {
      const guard = await expiry.create(
        expiry.options.parse(window === undefined ? {} : { window }),
        services,
      );
      expect(guard.refreshWindowMs?.(life)).toBe(ms);
      expect(guard.refreshGraceMs).toBe(25_000);
    },
  );

  it("has the mode of its options", async () => {
    const guard = await expiry.create(expiry.options.parse({ mode: "observe" }), services);
    expect([guard.name, guard.mode]).toEqual(["expiry", "observe"]);
  });

  it("takes window and grace as durations, and nothing else", () => {
    expect(expiry.options.parse({})).toEqual({ mode: "enforce", grace: 25_000 });
    expect(expiry.options.parse({ window: "30s", grace: "5s" })).toEqual({
      mode: "enforce",
      window: 30_000,
      grace: 5000,
    });
    expect(expiry.options.safeParse({ grace: 5 }).success).toBe(false);
    expect(expiry.options.safeParse({ windw: "5s" }).success).toBe(false);
  });
});
