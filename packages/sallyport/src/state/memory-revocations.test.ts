import { describe, expect, it } from "vitest";
import { anonymous, knownBy } from "../../test/handshake-fixture.ts";
import type { RevocableProof, Revocation, RevocationTarget } from "../guards/shared-state.ts";
import { createMemoryRevocations } from "./memory-revocations.ts";
import { newRevocation } from "./new-revocation.ts";

const revocation = (target: RevocationTarget, parts: Partial<Revocation> = {}): Revocation => ({
  id: "r",
  reason: "a test",
  closes: true,
  createdAt: 0,
  expiresAt: 100,
  ...target,
  ...parts,
});

const proof: RevocableProof = {
  identity: { ...knownBy("authorization"), tenant: "acme", claims: { jti: "t-1", sid: "p-1", sub: "a-1" } },
  session: "s-1",
  issuedAt: 50,
};

describe("createMemoryRevocations", () => {
  it.each<RevocationTarget>([
    { tokenId: "t-1" },
    { session: "s-1" },
    { providerSession: "p-1" },
    { user: "ada" },
    { user: "ada", issuer: "https://id.example" },
    { subject: "a-1" },
    { tenant: "acme" },
    { tenant: "acme", issuedBefore: 51 },
    { issuer: "https://id.example", issuedBefore: 51 },
  ])("finds %j", (target) => {
    const revocations = createMemoryRevocations({ maxEntries: 10 });
    revocations.add(revocation(target));
    expect(revocations.find(proof, 0)).toMatchObject(target);
  });

  it.each<RevocationTarget>([
    { subject: "ada" },
    { subject: "a-1", withoutProviderSession: true },
    { tokenId: "t-2" },
    { session: "s-2" },
    { user: "eve" },
    { user: "ada", issuer: "https://other.example" },
    { user: "ada", tenant: "other" },
    { user: "ada", issuedBefore: 50 },
  ])("does not find %j", (target) => {
    const revocations = createMemoryRevocations({ maxEntries: 10 });
    revocations.add(revocation(target));
    expect(revocations.find(proof, 0)).toBeNull();
  });

  it.each<RevocationTarget>([{ user: "ada" }, { session: "s-1" }, { tenant: "acme" }])(
    "finds one that closes, %j, behind the mere replacement of the token (the rotation of a token hides no revocation)",
    (target) => {
      const revocations = createMemoryRevocations({ maxEntries: 10 });
      revocations.add(revocation({ tokenId: "t-1" }, { id: "replaced", closes: false }));
      expect(revocations.find(proof, 0)?.id).toBe("replaced");
      revocations.add(revocation(target, { id: "closing" }));
      expect(revocations.find(proof, 0)?.id).toBe("closing");
      revocations.remove("closing");
      expect(revocations.find(proof, 0)?.id).toBe("replaced");
    },
  );

  it("knows nobody by a name that is not there", () => {
    const revocations = createMemoryRevocations({ maxEntries: 10 });
    revocations.add(revocation({ user: "null" }));
    expect(revocations.find({ identity: anonymous, session: null, issuedAt: 0 }, 0)).toBeNull();
  });

  it("lets one end, and makes room with it; one in force is never dropped", () => {
    const revocations = createMemoryRevocations({ maxEntries: 1 });
    revocations.add(revocation({ user: "ada" }));
    expect(revocations.add(revocation({ user: "eve" }, { id: "q", createdAt: 99 }))).toBe(false);
    expect(revocations.find(proof, 100)).toBeNull();
    expect(revocations.add(revocation({ user: "eve" }, { id: "q", createdAt: 100, expiresAt: 200 }))).toBe(
      true,
    );
    expect(revocations.list(150).map(({ id }) => id)).toEqual(["q"]);
  });

  it("replaces one of the same id, and takes one back", () => {
    const revocations = createMemoryRevocations({ maxEntries: 10 });
    revocations.add(revocation({ user: "ada" }));
    revocations.add(revocation({ user: "eve" }));
    expect(revocations.find(proof, 0)).toBeNull();
    expect(revocations.get("r")?.user).toBe("eve");
    expect([revocations.remove("r"), revocations.remove("r")]).toEqual([true, false]);
    expect(revocations.get("r")).toBeNull();
  });

  it("takes one back that names nobody, but a moment", () => {
    const revocations = createMemoryRevocations({ maxEntries: 10 });
    revocations.add(revocation({ issuedBefore: 51 }));
    expect(revocations.find(proof, 0)?.id).toBe("r");
    revocations.remove("r");
    revocations.add(revocation({ user: "eve" }));
    expect(revocations.find(proof, 0)).toBeNull();
  });

  it("tells who watches, but of those that close nothing", () => {
    const revocations = createMemoryRevocations({ maxEntries: 10 });
    const seen: string[] = [];
    const stop = revocations.watch(({ id }) => seen.push(id));
    revocations.add(revocation({ user: "ada" }, { id: "1" }));
    revocations.add(revocation({ user: "ada" }, { id: "2", closes: false }));
    stop();
    revocations.add(revocation({ user: "ada" }, { id: "3" }));
    expect(seen).toEqual(["1"]);
    expect(revocations.outage()).toBeNull();
  });
});

describe("newRevocation", () => {
  it("makes one that lasts a day and closes, unless the input says otherwise", () => {
    expect(newRevocation({ user: "ada" }, 1000)).toMatchObject({
      ok: true,
      revocation: { user: "ada", closes: true, reason: "by hand", createdAt: 1000, expiresAt: 86_401_000 },
    });
    const chosen = {
      tenant: "a",
      issuedBefore: "2026-01-01T00:00:00Z",
      closes: false,
      seconds: 1,
      reason: "left",
    };
    expect(newRevocation(chosen, 0)).toMatchObject({
      revocation: { issuedBefore: Date.UTC(2026, 0, 1), closes: false, expiresAt: 1000, reason: "left" },
    });
  });

  it.each([
    [{}, /at least one of/],
    [{ issuer: "https://id.example" }, /at least one of/],
    [{ user: "" }, /user: /],
    [{ user: 7 }, /user: /],
    [{ user: "a", sesion: "b" }, /sesion/],
    [{ user: "a", issuedBefore: "yesterday" }, /expected a time/],
    [{ user: "a", seconds: 0 }, /seconds: /],
    ["ada", /./],
  ])("refuses %j", (input, problem) => {
    expect(newRevocation(input, 0)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
  });
});
