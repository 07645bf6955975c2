import { describe, expect, it } from "vitest";
import { anonymous } from "../../test/handshake-fixture.ts";
import { createIdentityStatements } from "./identity-statement.ts";
import {
  ownStatementKeys,
  renewStatementKeys,
  signingKey,
  ToldStatementKeys,
  type StatementKey,
} from "./statement-keys.ts";

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function from(keys: readonly StatementKey[]): number[] {
  return keys.map(({ signsFrom }) => signsFrom - NOW);
}

describe("renewStatementKeys", () => {
  it("begins with a key that signs and the one of the next day, and changes nothing until then", () => {
    const keys = renewStatementKeys([], NOW);
    expect(from(keys)).toEqual([0, DAY]);
    expect(renewStatementKeys(keys, NOW + DAY - 1)).toBe(keys);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2);
  });

  it("publishes the last key until nothing that it signed is valid, and the next a day before it signs", () => {
    const keys = renewStatementKeys([], NOW);
    const second = renewStatementKeys(keys, NOW + DAY);
    expect(from(second)).toEqual([0, DAY, 2 * DAY]);
    expect(second.slice(0, 2)).toEqual(keys);
    expect(renewStatementKeys(second, NOW + DAY + 10 * MINUTE - 1)).toBe(second);
    expect(from(renewStatementKeys(second, NOW + DAY + 10 * MINUTE))).toEqual([DAY, 2 * DAY]);
  });

  it("has no new key sign before it was published for ten minutes, also after days of sleep", () => {
    const keys = renewStatementKeys([], NOW);
    const woken = NOW + 5 * DAY;
    const renewed = renewStatementKeys(keys, woken);
    expect(from(renewed)).toEqual([DAY, 5 * DAY + 10 * MINUTE]);
    expect(signingKey(renewed, woken)).toBe(keys[1]);
    expect(signingKey(renewed, woken + 10 * MINUTE)).toBe(renewed[1]);
  });

  it("finds a key to sign with when the clock was put back", () => {
    const keys = renewStatementKeys([], NOW);
    expect(signingKey(keys, NOW - DAY)).toBe(keys[0]);
    expect(renewStatementKeys(keys, NOW - DAY)).toBe(keys);
    expect(signingKey([], NOW)).toBeUndefined();
  });
});

describe("ownStatementKeys", () => {
  it("renews them when it is asked", () => {
    const keys = ownStatementKeys();
    const first = keys.at(NOW);
    expect(keys.at(NOW + 1)).toBe(first);
    expect(keys.at(NOW + DAY)).toHaveLength(3);
  });
});

describe("ToldStatementKeys", () => {
  it("makes several processes one issuer: each publishes what any of them signs with", async () => {
    const workers = [new ToldStatementKeys(), new ToldStatementKeys()];
    let now = NOW;
    let keys: readonly StatementKey[] = [];
    const statements = workers.map((told) => createIdentityStatements(() => now, told));
    for (let hour = 0; hour < 72; hour++) {
      keys = renewStatementKeys(keys, now);
      for (const told of workers) told.put(keys);
      const sets = statements.map(({ keySet }) => keySet.keys.map(({ kid }) => kid));
      expect(sets[0]).toEqual(sets[1]);
      for (const one of statements) {
        const [head = ""] = (await one.sign({ ...anonymous, claims: {} }, "/")).split(".");
        const { kid } = JSON.parse(Buffer.from(head, "base64url").toString()) as { kid: string };
        expect(sets[0]).toContain(kid);
      }
      now += 60 * MINUTE;
    }
    expect(keys.map(({ signsFrom }) => signsFrom - NOW)).toEqual([2 * DAY, 3 * DAY]);
  });

  it("lets no older keys take the place of newer ones, and signs nothing without any", async () => {
    const told = new ToldStatementKeys();
    await expect(createIdentityStatements(() => NOW, told).sign(anonymous, "/")).rejects.toThrow("no key");
    const old = renewStatementKeys([], NOW);
    const newer = renewStatementKeys(old, NOW + DAY);
    told.put(newer);
    told.put(old);
    told.put([]);
    expect(told.at()).toBe(newer);
  });
});
