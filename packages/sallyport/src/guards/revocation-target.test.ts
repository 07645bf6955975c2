import { describe, expect, it } from "vitest";
import { anonymous, knownBy } from "../../test/handshake-fixture.ts";
import { covers, nameOf, nameIn, namingFields } from "./revocation-target.ts";
import type { RevocableProof, RevocationTarget } from "./shared-state.ts";

const proof: RevocableProof = {
  identity: { ...knownBy("authorization"), tenant: "acme", claims: { jti: "t-1", sid: "p-1", sub: "a-1" } },
  session: "s-1",
  issuedAt: 50,
};
const nobody: RevocableProof = { identity: anonymous, session: null, issuedAt: 50 };

function withClaims(claims: Record<string, unknown>): RevocableProof {
  return { ...proof, identity: { ...proof.identity, claims } };
}

describe("nameIn", () => {
  it.each<[RevocationTarget, ReturnType<typeof nameIn>]>([
    [{ tenant: "acme", user: "ada", tokenId: "t-1" }, ["tokenId", "t-1"]],
    [{ tenant: "acme", subject: "a-1" }, ["subject", "a-1"]],
    [{ issuer: "https://id.example", issuedBefore: 1 }, null],
  ])("of %j is %j: the most telling field that is written", (target, name) => {
    expect(nameIn(target)).toEqual(name);
  });
});

describe("nameOf", () => {
  it("reads each field where the proof has it (RFC 7519 4.1, OpenID Connect Back-Channel Logout 2.1)", () => {
    expect(namingFields.map((field) => nameOf(proof, field))).toEqual([
      "t-1",
      "s-1",
      "p-1",
      "ada",
      "a-1",
      "acme",
    ]);
  });

  it("finds no name in a proof that has none, nor in a claim that is no text", () => {
    expect(namingFields.map((field) => nameOf(nobody, field))).toEqual(Array.from({ length: 6 }, () => null));
    const odd = withClaims({ jti: 1, sid: null, sub: ["a-1"] });
    expect([nameOf(odd, "tokenId"), nameOf(odd, "providerSession"), nameOf(odd, "subject")]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe("covers", () => {
  it.each<[RevocationTarget, boolean]>([
    [{ user: "ada", tenant: "acme" }, true],
    [{ user: "ada", tenant: "other" }, false],
    [{ user: "ada", issuer: "https://id.example" }, true],
    [{ user: "ada", issuer: "https://other.example" }, false],
    [{ user: "ada", issuedBefore: 51 }, true],
    [{ user: "ada", issuedBefore: 50 }, false],
    [{ subject: "a-1", withoutProviderSession: true }, false],
  ])("%j: %s, since every field that is written must match", (target, expected) => {
    expect(covers(target, proof)).toBe(expected);
  });

  it("takes a claim `sid` of any kind for a session of the provider", () => {
    const target: RevocationTarget = { user: "ada", withoutProviderSession: true };
    expect([covers(target, withClaims({})), covers(target, withClaims({ sid: 7 }))]).toEqual([true, false]);
  });

  it("covers nobody by a name that is not there", () => {
    expect(namingFields.some((field) => covers({ [field]: "null" }, nobody))).toBe(false);
  });
});
