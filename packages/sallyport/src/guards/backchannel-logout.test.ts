import { generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { knownBy } from "../../test/handshake-fixture.ts";
import type { GateEvent } from "../events.ts";
import { createMemoryRevocations } from "../state/memory-revocations.ts";
import { createMemoryTickets } from "../state/memory-tickets.ts";
import { createLogoutReceiver, LOGOUT_LIFE_MS, MAX_LOGOUT_AGE_MS } from "./backchannel-logout.ts";
import type { Denial, Identity } from "./guard.ts";
import { invalid, unavailable } from "./identity-provider.ts";
import { LOGOUT_EVENT, type TokenRules } from "./json-web-token.ts";

const ISSUER = "https://id.example.com";
const wallNow = Date.UTC(2030, 0, 1);
const NOW = wallNow / 1000;
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rules: TokenRules = {
  issuer: ISSUER,
  audience: ["chat"],
  algorithms: ["ES256"],
  typ: "at+jwt",
  clockToleranceMs: 5000,
  maxLifetimeMs: null,
  requiredClaims: ["scope"],
  userClaim: "email",
  tenantClaim: null,
  allowNoExpiry: false,
};
const good = {
  iss: ISSUER,
  aud: "chat-app",
  iat: NOW,
  jti: "1",
  sub: "ada",
  events: { [LOGOUT_EVENT]: {} },
};

function sign(claims: object, header: object = { typ: "logout+jwt" }, key = privateKey): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: "ES256", ...header }).sign(key);
}

interface Parts {
  readonly typ?: "logout+jwt" | "any";
  readonly room?: number;
  readonly maxLifetimeMs?: number;
  readonly key?: "unknown" | "unavailable";
  readonly broken?: boolean;
}

function scene({ typ = "logout+jwt", room = 10, maxLifetimeMs, key, broken }: Parts = {}) {
  const events: GateEvent[] = [];
  const revocations = createMemoryRevocations({ maxEntries: room });
  const tickets = createMemoryTickets({ maxEntries: 10, maxBytes: 100_000 });
  const receiver = createLogoutReceiver({
    options: { clientId: "chat-app", typ },
    rules: { ...rules, maxLifetimeMs: maxLifetimeMs ?? null },
    findKey: async () =>
      key === undefined ? publicKey : key === "unknown" ? invalid("no such key") : unavailable("no keys"),
    services: {
      emit: (event) => void (event.type === "gate" && events.push(event)),
      revocations,
      tickets: broken === true ? { ...tickets, useOnce: () => Promise.reject(new Error("gone")) } : tickets,
    },
  });
  const accept = (token: string, now = wallNow): Promise<Denial | null> =>
    receiver.accept(token, { now: 0, wallNow: now });
  const isRevoked = (claims: object, user = "ada@example.com", issuedAt = wallNow): boolean => {
    const identity: Identity = { ...knownBy("authorization", user, ISSUER), claims: { ...claims } };
    return revocations.find({ identity, session: "s", issuedAt }, wallNow) !== null;
  };
  return { accept, isRevoked, revocations, events, receiver };
}

describe("createLogoutReceiver", () => {
  it("takes tokens of one issuer for one client", () => {
    expect(scene().receiver).toMatchObject({ issuer: ISSUER, clientId: "chat-app" });
  });

  it("revokes what was issued to the subject until then, whichever claim names the user", async () => {
    const { accept, isRevoked, events } = scene();
    expect(await accept(await sign(good))).toBeNull();
    expect(isRevoked({ sub: "ada" })).toBe(true);
    expect(isRevoked({ sub: "ada", sid: "any" })).toBe(true);
    expect(isRevoked({ sub: "ada" }, "ada@example.com", wallNow + 1000)).toBe(false);
    expect(isRevoked({ sub: "eve" })).toBe(false);
    expect(events).toEqual([
      {
        type: "gate",
        level: "info",
        message: "identity: signed out at the provider",
        detail: `user "ada" of ${ISSUER}`,
      },
    ]);
  });

  it("revokes the session that it names, and the subject's tokens that name none", async () => {
    const { accept, isRevoked } = scene();
    expect(await accept(await sign({ ...good, sid: "one" }))).toBeNull();
    expect(isRevoked({ sub: "ada", sid: "one" }, "ada@example.com", wallNow + 5000)).toBe(true);
    expect(isRevoked({ sub: "ada", sid: "two" })).toBe(false);
    expect(isRevoked({ sub: "ada" })).toBe(true);
  });

  it("takes a session without a subject", async () => {
    const { accept, isRevoked, events } = scene();
    expect(await accept(await sign({ ...good, sub: undefined, sid: "one" }))).toBeNull();
    expect(isRevoked({ sub: "ada", sid: "one" })).toBe(true);
    expect(isRevoked({ sub: "ada" })).toBe(false);
    expect(events[0]?.detail).toContain('session "one"');
  });

  it("keeps it in force for a day, or as long as a token may live", async () => {
    const day = scene();
    await day.accept(await sign(good));
    expect(day.revocations.list(wallNow)[0]?.expiresAt).toBe(wallNow + LOGOUT_LIFE_MS);
    const week = scene({ maxLifetimeMs: 7 * LOGOUT_LIFE_MS });
    await week.accept(await sign(good));
    expect(week.revocations.list(wallNow)[0]?.expiresAt).toBe(wallNow + 7 * LOGOUT_LIFE_MS);
  });

  it.each([
    ["without the event", { events: undefined }, "events"],
    ["with another event", { events: { other: {} } }, "events"],
    ["with events that are no object", { events: LOGOUT_EVENT }, "events"],
    ["with no events", { events: null }, "events"],
    ["with a nonce", { nonce: "x" }, "nonce"],
    ["that names nobody", { sub: undefined }, "both missing"],
    ["whose subject is no text", { sub: 7 }, "not a string"],
    ["whose session is no text", { sid: ["a"] }, "not a string"],
    ["without an id", { jti: undefined }, "jti"],
    ["without a time", { iat: undefined }, "iat"],
    ["from the future", { iat: NOW + 6 }, "iat"],
    ["that is too old", { iat: NOW - MAX_LOGOUT_AGE_MS / 1000 - 1 }, "iat"],
    ["that is over", { exp: NOW }, "exp"],
    ["for another client", { aud: "other-app" }, "aud"],
    ["of another issuer", { iss: "https://evil.example" }, "iss"],
  ])("refuses a token %s (Back-Channel Logout 2.6)", async (_name, parts, detail) => {
    const { accept, revocations } = scene();
    expect(await accept(await sign({ ...good, ...parts }))).toEqual({
      code: "identity.logout",
      detail: expect.stringContaining(detail) as string,
    });
    expect(revocations.list(wallNow)).toEqual([]);
  });

  it("accepts an end that is ahead, and a clock that is a little ahead", async () => {
    expect(await scene().accept(await sign({ ...good, exp: NOW + 120, iat: NOW + 5 }))).toBeNull();
  });

  it("refuses a token that another key signed, or that none did", async () => {
    const { accept } = scene();
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(await accept(await sign(good, { typ: "logout+jwt" }, other.privateKey))).toMatchObject({
      detail: "the signature does not verify",
    });
    const none = Buffer.from(`{"alg":"none","typ":"logout+jwt"}`).toString("base64url");
    const payload = Buffer.from(JSON.stringify(good)).toString("base64url");
    expect(await accept(`${none}.${payload}.AAAA`)).toMatchObject({ code: "identity.logout" });
  });

  it("wants its own type, unless older providers are to be understood (RFC 8725 3.11)", async () => {
    for (const header of [{}, { typ: "JWT" }]) {
      expect(await scene().accept(await sign(good, header))).toMatchObject({
        detail: expect.stringContaining("typ") as string,
      });
      expect(await scene({ typ: "any" }).accept(await sign(good, header))).toBeNull();
    }
    expect(await scene({ typ: "any" }).accept(await sign(good))).toBeNull();
    expect(await scene({ typ: "any" }).accept(await sign(good, { typ: "dpop+jwt" }))).not.toBeNull();
  });

  it("takes each token once", async () => {
    const { accept } = scene();
    const token = await sign(good);
    expect(await accept(token)).toBeNull();
    expect(await accept(token)).toMatchObject({ detail: expect.stringContaining("before") as string });
  });

  it("says that it cannot where keys, state or room are missing", async () => {
    const token = await sign(good);
    expect(await scene({ key: "unknown" }).accept(token)).toEqual({
      code: "identity.logout",
      detail: "no such key",
    });
    expect(await scene({ key: "unavailable" }).accept(token)).toMatchObject({ code: "identity.unavailable" });
    expect(await scene({ broken: true }).accept(token)).toMatchObject({
      code: "identity.unavailable",
      detail: expect.stringContaining("gone") as string,
    });
    expect(await scene({ room: 0 }).accept(token)).toMatchObject({ code: "identity.unavailable" });
  });
});
