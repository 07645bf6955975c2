import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IssuedTicket, Revocation, RevocableProof } from "../../src/guards/shared-state.ts";
import type { GateState } from "../../src/state/memory-state.ts";
import { anonymous } from "../handshake-fixture.ts";

/** State as two nodes have it. */
export interface SuiteNodes {
  readonly nodes: readonly [GateState, GateState];
  stop(): void | Promise<void>;
}

/** A ticket that waits for `lifeMs`. */
export function issuedTicket(lifeMs: number): IssuedTicket {
  return {
    identity: { ...anonymous, claims: { room: "a\u0000\ud83d\ude00" } },
    route: "/chat",
    origin: "https://app.example.com",
    session: randomUUID(),
    refreshHash: "f".repeat(64),
    keyThumbprint: null,
    expiresAt: Date.now() + lifeMs,
  };
}

/** A revocation of a user, for a minute. */
export function revocationOf(user: string, more: Partial<Revocation> = {}): Revocation {
  const createdAt = Date.now();
  return {
    id: randomUUID(),
    user,
    reason: "test",
    closes: true,
    createdAt,
    expiresAt: createdAt + 60_000,
    ...more,
  };
}

/** What names a user. */
export const proofOf = (user: string): RevocableProof => ({
  identity: { ...anonymous, provider: "jwt", user, issuer: "i" },
  session: null,
  issuedAt: 0,
});

let lastName = 0;
/** A name, address or key that no other test has. */
export const unused = {
  user: (): string => `user-${++lastName}`,
  address: (): string => `198.51.100.${++lastName % 250}`,
  key: (): string => (++lastName).toString(16).padStart(64, "0").split("").toReversed().join(""),
};

/**
 * What every state does, whatever keeps it: asked of two nodes, which a state of one process plays both.
 *
 * @param isHere whether what keeps it is installed; where it is not, its tests are told as skipped
 */
export function describeState(name: string, start: () => Promise<SuiteNodes>, isHere = true): void {
  describe.runIf(isHere)(`state kept by ${name}`, () => {
    let running: SuiteNodes;
    let one: GateState;
    let other: GateState;
    beforeAll(async () => {
      running = await start();
      [one, other] = running.nodes;
    });
    afterAll(() => running.stop());

    it("gives a ticket to one of all who ask at once, at whichever node", async () => {
      const [key, ticket] = [unused.key(), issuedTicket(10_000)];
      expect(await one.tickets.put(key, ticket, Date.now())).toBe(true);
      const asked = Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? one : other).tickets.take(key, Date.now()),
      );
      expect((await Promise.all(asked)).filter((taken) => taken !== null)).toEqual([ticket]);
      expect(await one.tickets.take(key, Date.now())).toBeNull();
    });

    it("gives no ticket that nobody issued, and none that has ended", async () => {
      expect(await other.tickets.take(unused.key(), Date.now())).toBeNull();
      const [key, ticket] = [unused.key(), issuedTicket(50)];
      expect(await one.tickets.put(key, ticket, Date.now())).toBe(true);
      // Its life began where it is kept, no later than that was answered.
      const keptAt = Date.now();
      await expect.poll(async () => Date.now() > keptAt + 60).toBe(true);
      expect(await other.tickets.take(key, Date.now())).toBeNull();
    });

    it("notes what may be used once, for all nodes, and each kind for itself", async () => {
      const hash = unused.key();
      const use = { issuedAt: null, until: Date.now() + 60_000 };
      const uses = await Promise.all(
        [one, other, one, other].map(({ tickets }) =>
          tickets.useOnce({ ...use, key: `dpop ${hash}` }, Date.now()),
        ),
      );
      expect(uses.filter(Boolean)).toHaveLength(1);
      expect(await other.tickets.useOnce({ ...use, key: `logout ${hash}` }, Date.now())).toBe(true);
    });

    it("puts a revocation in force at once where it was made, and at every node", async () => {
      const [user, told] = [unused.user(), [] as Revocation[]];
      const stop = other.revocations.watch((revocation) => void told.push(revocation));
      const made = revocationOf(user, { issuer: "i" });
      const added = one.revocations.add(made);
      expect(one.revocations.find(proofOf(user), Date.now())?.id).toBe(made.id);
      expect(await added).toBe(true);
      await expect.poll(() => other.revocations.find(proofOf(user), Date.now())?.id).toBe(made.id);
      expect(told.map(({ id }) => id)).toContain(made.id);
      expect(other.revocations.find(proofOf(unused.user()), Date.now())).toBeNull();
      stop();
    });

    it("takes a revocation back at every node", async () => {
      const made = revocationOf(unused.user());
      await one.revocations.add(made);
      const isListed = (state: GateState): boolean =>
        state.revocations.list(Date.now()).some(({ id }) => id === made.id);
      await expect.poll(() => isListed(other)).toBe(true);
      expect(other.revocations.remove(made.id)).toBe(true);
      expect(isListed(other)).toBe(false);
      await expect.poll(() => isListed(one)).toBe(false);
      expect(one.revocations.remove(made.id)).toBe(false);
    });

    it("is in step, and says so", async () => {
      await expect.poll(() => [one.revocations.outage(), other.revocations.outage()]).toEqual([null, null]);
    });

    it("bans an address at every node, and lifts the ban at every node", async () => {
      const address = unused.address();
      const until = Date.now() + 60_000;
      expect(one.bans.add(address, { reason: "flood", until, automatic: true }).ok).toBe(true);
      expect(one.bans.find(address, Date.now())?.reason).toBe("flood");
      await expect.poll(() => other.bans.find(address, Date.now())?.reason).toBe("flood");
      const ban = other.bans.list(Date.now()).find(({ cidr }) => cidr === `${address}/32`);
      expect(ban?.automatic).toBe(true);
      // Clocks are compared by way of the engine's, to a few milliseconds.
      expect(Math.abs((ban?.until ?? 0) - until)).toBeLessThan(5000);
      expect(other.bans.remove(address)).toBe(true);
      await expect.poll(() => one.bans.find(address, Date.now())).toBeNull();
      expect(one.bans.remove(address)).toBe(false);
    });

    it("keeps the last terms of a ban, and one without an end", async () => {
      const address = unused.address();
      one.bans.add(address, { reason: "first", until: Date.now() + 60_000 });
      one.bans.add(address, { reason: "second", until: null });
      await expect
        .poll(() => other.bans.find(address, Date.now()))
        .toMatchObject({ reason: "second", until: null });
      expect(other.bans.add("nobody", { reason: "x", until: null }).ok).toBe(false);
    });

    it("counts the places that all nodes have taken, and has those again that are given back", async () => {
      const [scope, now] = [unused.key(), performance.now()];
      const entry = { rate: null, places: [{ key: "total", limit: 10 }], evenIfRefused: false };
      const asked = Array.from({ length: 30 }, async (_, index) =>
        (index % 2 === 0 ? one : other).quotas.of(scope).enter(entry, now),
      );
      const entered = await Promise.all(asked);
      const held = entered.filter(({ refusal }) => refusal === null);
      expect(held).toHaveLength(10);
      expect(entered.find(({ refusal }) => refusal !== null)?.refusal).toEqual({
        place: 0,
        taken: 10,
        waitMs: 0,
      });
      for (const { release } of held) release();
      const again = async (): Promise<unknown> => (await other.quotas.of(scope).enter(entry, now)).refusal;
      await expect.poll(again).toBeNull();
    });

    it("knows where there is no room that an entry was refused, at whichever node, until there is some again", async () => {
      const [scope, now] = [unused.key(), performance.now()];
      const places = [
        { key: "much", limit: 10 },
        { key: "little", limit: 2 },
      ];
      const entry = { rate: null, places, evenIfRefused: false };
      const room = async ({ quotas }: GateState): Promise<unknown> => await quotas.of(scope).room(places);
      const held = [await one.quotas.of(scope).enter(entry, now)];
      expect([await room(one), await room(other)]).toEqual([null, null]);
      held.push(await one.quotas.of(scope).enter(entry, now));
      const full = { place: 1, taken: 2, waitMs: 0 };
      expect((await other.quotas.of(scope).enter(entry, now)).refusal).toEqual(full);
      // Asking takes nothing.
      for (const node of [one, other, one, other]) expect(await room(node)).toEqual(full);
      for (const { release } of held) release();
      await expect.poll(async () => [await room(one), await room(other)]).toEqual([null, null]);
      expect((await other.quotas.of(scope).enter(entry, now)).refusal).toBeNull();
    });

    it("keeps one rate of handshakes for all nodes", async () => {
      const scope = unused.key();
      const rate = { key: "192.0.2.1", perSecond: 0.001, burst: 3 };
      const refusals: unknown[] = [];
      for (const { quotas } of [one, other, one, other]) {
        const { refusal } = await quotas
          .of(scope)
          .enter({ rate, places: [], evenIfRefused: false }, performance.now());
        refusals.push(refusal?.place);
      }
      expect(refusals).toEqual([undefined, undefined, undefined, null]);
    });

    it("holds a user who has spent a rate, at whichever node", async () => {
      const [scope, rate] = [unused.key(), { key: "ada", perSecond: 0.1, burst: 16 }];
      const spends = [one, other].map(({ quotas }) => quotas.of(scope).spender(rate, performance.now()));
      await expect
        .poll(() => spends.map((spend) => spend(1, performance.now())).every((waitMs) => waitMs > 1000))
        .toBe(true);
    });
  });
}
