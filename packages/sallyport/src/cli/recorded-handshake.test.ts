import { describe, expect, it } from "vitest";
import type { OpenEvent, ToldArrival, ToldCaller } from "../events.ts";
import { callerOf, readHandshake } from "./recorded-handshake.ts";

const caller: ToldCaller = {
  provider: "jwt",
  issuer: "https://id.example.com",
  tenant: "acme",
  credential: "cookie",
  until: "2026-11-30T12:00:00.000Z",
};
const arrival: ToldArrival = {
  kind: "websocket",
  host: "app.example.com",
  secure: true,
  cookie: true,
  caller,
};
const open: OpenEvent = {
  type: "open",
  session: "s1",
  route: "/chat",
  address: "192.0.2.1",
  user: "ann",
  path: "/chat/a%20b",
  origin: "https://app.example.com",
  subprotocol: "chat.v1",
  arrival,
};

function identityOf(told: ToldCaller | null): unknown {
  return Reflect.get(
    readHandshake({ ...open, user: null, arrival: { ...arrival, caller: told } }),
    "identity",
  );
}

describe("readHandshake", () => {
  it("tells what was asked for, and who asked", () => {
    expect(readHandshake(open)).toEqual({
      ok: true,
      identity: {
        provider: "jwt",
        user: "ann",
        issuer: "https://id.example.com",
        tenant: "acme",
        credential: "cookie",
        claims: {},
        expiresAt: Date.UTC(2026, 10, 30, 12),
      },
      handshake: {
        url: "wss://app.example.com/chat/a%20b",
        origin: "https://app.example.com",
        address: "192.0.2.1",
        cookies: { recorded: "1" },
        subprotocols: ["chat.v1"],
        identity: expect.objectContaining({ user: "ann", credential: "cookie" }),
      },
    });
  });

  it("tells who was not asked for a proof from who was not asked yet", () => {
    const anonymous = { ...caller, provider: "anonymous", credential: null };
    expect(identityOf(anonymous)).toBeNull();
    expect(identityOf(null)).toBe("unknown");
  });

  it("keeps a proof that does not end, and a connection without TLS, cookie and subprotocol", () => {
    const plain = { ...arrival, secure: false, cookie: false, caller: { ...caller, until: null } };
    expect(readHandshake({ ...open, subprotocol: null, arrival: plain })).toMatchObject({
      identity: { expiresAt: null },
      handshake: { url: "ws://app.example.com/chat/a%20b", cookies: {}, subprotocols: [] },
    });
  });

  const { arrival: _arrival, ...old } = open;
  it.each<[string, OpenEvent, string]>([
    ["of a version that did not tell it", old, "does not tell what was asked for"],
    ["of a page", { ...open, arrival: { ...arrival, kind: "http" } }, "asked for no WebSocket"],
    ["with a path that was cut", { ...open, path: "/aaaa…" }, "path was not recorded whole"],
    ["with a path that nobody can ask for", { ...open, path: "/a b" }, "path was not recorded whole"],
    ["with an Origin that was cut", { ...open, origin: "https://aaa…" }, "Origin was not recorded whole"],
    [
      "with a provider of another version",
      { ...open, arrival: { ...arrival, caller: { ...caller, provider: "magic" } } },
      "who asked",
    ],
    [
      "with a credential of another version",
      { ...open, arrival: { ...arrival, caller: { ...caller, credential: "smile" } } },
      "who asked",
    ],
    [
      "without a credential",
      { ...open, arrival: { ...arrival, caller: { ...caller, credential: null } } },
      "who asked",
    ],
    ["without a user", { ...open, user: null }, "who asked"],
    [
      "with a time that is none",
      { ...open, arrival: { ...arrival, caller: { ...caller, until: "soon" } } },
      "who asked",
    ],
  ])("judges no record %s", (_what, event, problem) => {
    expect(readHandshake(event)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });
});

describe("callerOf", () => {
  it("knows no more of a caller than their messages tell", () => {
    expect(callerOf("ann")).toMatchObject({ user: "ann", provider: "jwt", claims: {}, expiresAt: null });
    expect(callerOf(null)).toMatchObject({ user: null, provider: "anonymous", credential: null });
  });
});
