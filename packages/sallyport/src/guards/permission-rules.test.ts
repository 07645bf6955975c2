import { describe, expect, it } from "vitest";
import { CelIdentity, CelRequest } from "./cel-facts.ts";
import type { Denial } from "./guard.ts";
import { compileRule, decide, type PermissionRule } from "./permission-rules.ts";

const identity = new CelIdentity({
  provider: "jwt",
  user: "ann",
  issuer: "i",
  tenant: null,
  claims: { rooms: ["attic"] },
  expiresAt: null,
  credential: "authorization",
});
const request = new CelRequest({ path: "/", host: "h", origin: null, address: "::1", secure: true });

function verdict(
  rules: readonly PermissionRule[],
  message: unknown,
  otherwise: "allow" | "deny" = "allow",
): Denial | null {
  const compiled = rules.map((rule, index) => compileRule(rule, index));
  return decide(compiled, { identity, request, message }, { otherwise, code: "permission.message" });
}

describe("compileRule", () => {
  it("asks a rule about messages when it reads them or names a direction, and else about connecting", () => {
    const places = [
      { allow: "identity.user == 'ann'" },
      { allow: "true", when: "message.a == 1" },
      { allow: "message.a == 1" },
      { allow: "message.a == 1", direction: "outbound" as const },
      { allow: "identity.user == 'ann'", direction: "inbound" as const },
    ].map((rule, index) => compileRule(rule, index));
    expect(places.map(({ place, readsMessage }) => [place, readsMessage])).toEqual([
      ["connect", false],
      ["inbound", true],
      ["inbound", true],
      ["outbound", true],
      ["inbound", false],
    ]);
  });

  it("labels a rule by its place in the list, and its name", () => {
    expect(compileRule({ allow: "true" }, 0).label).toBe("rule 1");
    expect(compileRule({ allow: "true", name: "own\nrooms" }, 2).label).toBe(
      String.raw`rule 3 "own\u000arooms"`,
    );
  });

  it("throws for an expression that was not checked, with its place", () => {
    expect(() => compileRule({ allow: "nobody == 1" }, 0)).toThrow(
      /^rule 1, `allow`: at 1:1: `nobody` is not known here/,
    );
  });
});

describe("decide", () => {
  const join = { when: 'message.type == "join"', allow: "message.room in identity.claims.rooms" };

  it("lets pass what every rule that speaks about it allows", () => {
    expect(verdict([join], { type: "join", room: "attic" }, "deny")).toBeNull();
    expect(verdict([join, { allow: "message.room != 'vault'" }], { type: "join", room: "attic" })).toBeNull();
  });

  it("refuses what one of them does not allow, and names it", () => {
    expect(verdict([join], { type: "join", room: "vault" })).toEqual({
      code: "permission.message",
      detail: "rule 1: `allow` is false",
    });
    const both = [{ allow: "true" }, { ...join, name: "rooms" }];
    expect(verdict(both, { type: "join", room: "vault" })?.detail).toBe('rule 2 "rooms": `allow` is false');
  });

  it("leaves to `otherwise` what no rule speaks about", () => {
    expect(verdict([join], { type: "leave" }, "allow")).toBeNull();
    expect(verdict([join], { type: "leave" }, "deny")).toEqual({
      code: "permission.message",
      detail: "no rule speaks about it, and `otherwise` is `deny`",
    });
  });

  it("refuses what a rule cannot be evaluated about, whatever `otherwise` is, and says where", () => {
    expect(verdict([join], { kind: "join" })).toEqual({
      code: "permission.undecided",
      detail: "rule 1, `when`: at 1:9: a field is not there",
    });
    expect(verdict([join], { type: "join" })).toEqual({
      code: "permission.undecided",
      detail: "rule 1, `allow`: at 1:9: a field is not there",
    });
    expect(verdict([{ when: "message.flag", allow: "true" }], { flag: "x" })?.code).toBe(
      "permission.undecided",
    );
  });
});
