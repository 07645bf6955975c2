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
