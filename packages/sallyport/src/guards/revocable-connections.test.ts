import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anonymous, knownBy } from "../../test/handshake-fixture.ts";
import { RevocableConnections, type Revocable } from "./revocable-connections.ts";
import { covers } from "./revocation-target.ts";
import type { RevocationTarget } from "./shared-state.ts";

const one: Revocable = { proof: { identity: knownBy("authorization"), session: "s-1", issuedAt: 50 } };
const other: Revocable = { proof: { identity: knownBy("authorization"), session: "s-2", issuedAt: 60 } };
const nobody: Revocable = { proof: { identity: anonymous, session: "s-3", issuedAt: 70 } };

function holding(...entries: readonly Revocable[]): RevocableConnections<Revocable> {
  const connections = new RevocableConnections<Revocable>();
  for (const entry of entries) connections.add(entry);
  return connections;
}

const name = fc.constantFrom("a", "b", "c");
const claims = fc.record({ jti: name, sid: name, sub: name }, { requiredKeys: [] });
const proof: fc.Arbitrary<Revocable["proof"]> = fc
  .tuple(claims, fc.option(name), fc.option(name), name, fc.nat(3))
  .map(([found, user, tenant, session, issuedAt]) => ({
    identity: { ...knownBy("authorization"), user, tenant, claims: found },
    session,
    issuedAt,
  }));
const target: fc.Arbitrary<RevocationTarget> = fc.record(
  {
    tokenId: name,
    session: name,
    providerSession: name,
    user: name,
    subject: name,
    tenant: name,
    withoutProviderSession: fc.constant(true as const),
    issuedBefore: fc.nat(3),
  },
  { requiredKeys: [] },
);

describe("RevocableConnections", () => {
  it("finds one alone by its name, and all that share one", () => {
    const connections = holding(one, other, nobody);
    expect(connections.namedBy({ session: "s-2" })).toEqual([other]);
    expect(connections.namedBy({ user: "ada" })).toEqual([one, other]);
    expect(connections.namedBy({ user: "eve" })).toEqual([]);
  });

  it("looks at all where a target names nobody, but a moment", () => {
    expect(holding(one, other, nobody).namedBy({ issuedBefore: 65 })).toEqual([one, other]);
  });

  it("finds a user by the subject, where they are the same, and where they are not", () => {
    const bySubject = (user: string): Revocable => ({
      proof: { ...one.proof, identity: { ...knownBy("authorization", user), claims: { sub: "ada" } } },
    });
    const [same, differs] = [bySubject("ada"), bySubject("eve")];
    expect(holding(one, same, differs).namedBy({ subject: "ada" })).toEqual([differs, same]);
  });

  it("forgets what was let go, and twice is as good as once", () => {
    const connections = holding(one, other);
    connections.delete(one);
    connections.delete(one);
    expect(connections.namedBy({ user: "ada" })).toEqual([other]);
    connections.delete(other);
    expect(connections.namedBy({ user: "ada" })).toEqual([]);
    connections.add(one);
    expect(connections.namedBy({ session: "s-1" })).toEqual([one]);
  });

  it("finds exactly those that a look at each one would find, whoever came and went", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(proof, fc.boolean()), { maxLength: 12 }), target, (proofs, wanted) => {
        const entries = proofs.map(([found, stays]) => ({ proof: found, stays }));
        const connections = holding(...entries);
        for (const entry of entries) if (!entry.stays) connections.delete(entry);
        const expected = entries.filter((entry) => entry.stays && covers(wanted, entry.proof));
        expect(new Set(connections.namedBy(wanted))).toEqual(new Set(expected));
      }),
    );
  });
});
