import { describe, expect, it } from "vitest";
import {
  admit,
  anonymous,
  knownBy,
  makeGuard,
  makeHandshake,
  makeServices,
  outcome,
} from "../../test/handshake-fixture.ts";
import { facts } from "../../test/recorded-session.ts";
import { quietConnection } from "../../test/quiet-connection.ts";
import { createMemoryRevocations, type MemoryRevocations } from "../state/memory-revocations.ts";
import type { ConnectionFacts, Guard, Identity } from "./guard.ts";
import type { Revocation } from "./shared-state.ts";
import { revocation } from "./revocation.ts";

const ada: Identity = { ...knownBy("authorization"), claims: { jti: "t-1", iat: 50 } };

const of = (parts: Partial<Revocation>): Revocation => ({
  id: "r-1",
  reason: "a test",
  closes: true,
  createdAt: 0,
  expiresAt: 1_000_000,
  ...parts,
});

interface Made {
  readonly guard: Guard;
  readonly revocations: MemoryRevocations;
}

async function make(options: unknown = {}): Promise<Made> {
  const revocations = createMemoryRevocations({ maxEntries: 10 });
  return { revocations, guard: await makeGuard(revocation, options, { revocations }) };
}

/** A connection that counts how often it was woken. */
function opened({ guard }: Made, identity: Identity = ada) {
  const handle = { woken: 0, wake: () => void handle.woken++ };
  const known: ConnectionFacts = { ...facts, identity };
  const connection = guard.open?.(known, handle);
  return { handle, connection, tick: () => connection?.tick?.(0, quietConnection) };
}

describe("revocation", () => {
  it("refuses a handshake with a revoked proof (401), and says which revocation it was", async () => {
    const made = await make();
    const handshake = makeHandshake({}, { identity: ada });
    expect(outcome(await admit(made.guard, handshake))).toBe("pass");
    made.revocations.add(of({ tokenId: "t-1" }));
    expect(await admit(made.guard, handshake)).toMatchObject({
      code: "revocation.refused",
      detail: "revocation r-1: a test",
      challenge: 'Bearer error="invalid_token"',
    });
  });

  it("refuses the session of a ticket that was revoked before it was redeemed", async () => {
    const made = await make();
    made.revocations.add(of({ session: "s-7" }));
    const handshake = makeHandshake(
      {},
      { identity: ada, ticket: { session: "s-7", refreshHash: "", keyThumbprint: null } },
    );
    expect(outcome(await admit(made.guard, handshake))).toBe("revocation.refused");
  });

  it("closes what is revoked after its token was replaced: a rotation hides nobody", async () => {
    const made = await make();
    const one = opened(made);
    made.revocations.add(of({ id: "rotated", tokenId: "t-1", closes: false }));
    expect(one.tick()).toMatchObject({ verdict: "wait" });
    made.revocations.add(of({ user: "ada" }));
    expect(one.handle.woken).toBe(1);
    expect(one.tick()).toMatchObject({ verdict: "close", detail: "revocation r-1: a test" });
    expect(made.guard.readmit?.({ ...facts, identity: ada })).toMatchObject({ code: "revocation.revoked" });
  });

  it("takes the time of `iat` for when a proof was issued, else that of the handshake", async () => {
    const made = await make();
    made.revocations.add(of({ user: "ada", issuedBefore: 50_001 }));
    expect(outcome(await admit(made.guard, makeHandshake({}, { identity: ada, wallNow: 90_000 })))).toBe(
      "revocation.refused",
    );
    const undated = { ...ada, claims: {} };
    const late = makeHandshake({}, { identity: undated, wallNow: 90_000 });
    expect(outcome(await admit(made.guard, late))).toBe("pass");
  });

  it("lets through whoever is nobody, and a handshake whose caller no guard knows", async () => {
    const made = await make();
    made.revocations.add(of({ user: "ada" }));
    for (const identity of [anonymous, null])
      expect(outcome(await admit(made.guard, makeHandshake({}, { identity })))).toBe("pass");
  });

  it("wakes and closes exactly the open connections that it names: 4540", async () => {
    const made = await make();
    const [one, other] = [opened(made), opened(made, knownBy("authorization", "eve"))];
    expect(one.tick()).toEqual({ verdict: "wait", untilMs: Number.POSITIVE_INFINITY });
    made.revocations.add(of({ user: "ada" }));
    expect([one.handle.woken, other.handle.woken]).toEqual([1, 0]);
    expect(one.tick()).toMatchObject({ verdict: "close", code: "revocation.revoked" });
    expect(other.tick()).toMatchObject({ verdict: "wait" });
  });

  it("leaves open connections alone where a revocation had ended before it came", async () => {
    const made = await make();
    const one = opened(made);
    made.revocations.add(of({ user: "ada", expiresAt: 0 }));
    expect([one.handle.woken, one.tick()]).toMatchObject([0, { verdict: "wait" }]);
  });

  it("closes one that was revoked between its handshake and its opening", async () => {
    const made = await make();
    made.revocations.add(of({ user: "ada" }));
    expect(opened(made).tick()).toMatchObject({ verdict: "close" });
  });

  it("leaves open connections alone where a token was replaced, and those that ended", async () => {
    const made = await make();
    const one = opened(made);
    made.revocations.add(of({ user: "ada", closes: false }));
    expect(one.handle.woken).toBe(0);
    expect(opened(made).tick()).toMatchObject({ verdict: "wait" });
    one.connection?.end?.();
    made.revocations.add(of({ id: "r-2", tokenId: "t-1" }));
    expect(one.handle.woken).toBe(0);
  });

  it("follows the proof that was put in force by a refresh", async () => {
    const made = await make();
    const one = opened(made);
    const fresh: Identity = { ...ada, claims: { jti: "t-2", iat: 90 } };
    one.connection?.refreshed?.({ identity: fresh, wallNow: 0, now: 0 });
    made.revocations.add(of({ tokenId: "t-1" }));
    expect([one.handle.woken, one.tick()]).toEqual([
      0,
      { verdict: "wait", untilMs: Number.POSITIVE_INFINITY },
    ]);
    made.revocations.add(of({ id: "r-2", tokenId: "t-2" }));
    expect(one.tick()).toMatchObject({ verdict: "close" });
  });

  it("refuses an open connection again when it is judged anew", async () => {
    const made = await make();
    const known: ConnectionFacts = { ...facts, identity: ada };
    expect(outcome(made.guard.readmit?.(known) ?? { verdict: "pass" })).toBe("pass");
    made.revocations.add(of({ session: known.session }));
    expect(outcome(made.guard.readmit?.(known) ?? { verdict: "pass" })).toBe("revocation.revoked");
  });

  it.each([
    ["refuse", 9999, "pass"],
    ["refuse", 10_000, "revocation.unavailable"],
    ["allow", 10_000, "pass"],
  ])("with `onOutage: %s` says %s ms into an outage: %s", async (onOutage, wallNow, expected) => {
    const revocations = { ...makeServices().revocations, outage: () => ({ since: 0, problem: "lost" }) };
    const guard = await makeGuard(revocation, { onOutage }, { revocations });
    expect(outcome(await admit(guard, makeHandshake({}, { identity: anonymous, wallNow })))).toBe(expected);
  });

  it("is not ready while it refuses everybody, and says why", async () => {
    let outage: ReturnType<MemoryRevocations["outage"]> = null;
    const revocations = { ...makeServices().revocations, outage: () => outage };
    const guard = await makeGuard(revocation, {}, { revocations });
    expect(guard.ready?.()).toEqual({ ready: true, problem: null });
    outage = { since: -10_000, problem: "lost" };
    expect(guard.ready?.()).toEqual({ ready: false, problem: "lost" });
  });

  it("listens no more when it is disposed of", async () => {
    const made = await make();
    const one = opened(made);
    made.guard.dispose?.();
    made.revocations.add(of({ user: "ada" }));
    expect(one.handle.woken).toBe(0);
  });
});
