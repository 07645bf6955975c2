import { describe, expect, it } from "vitest";
import type { Dialect } from "../dialects/dialect.ts";
import type { ConnectionFacts, Guard } from "../guards/guard.ts";
import { spokenDialect } from "./spoken-dialect.ts";

function dialect(name: string): Dialect {
  return {
    name,
    subprotocols: [name],
    kinds: [],
    open: () => ({ read: () => ({ ok: true, parts: [] }) }),
  };
}

const facts = (subprotocol: string | null): ConnectionFacts =>
  ({ request: { subprotocol } }) as ConnectionFacts;

function speaking(...dialects: readonly Dialect[]): readonly Guard[] {
  const choose = (subprotocol: string | null): Dialect | null =>
    dialects.find(({ name }) => name === subprotocol) ?? null;
  return [
    { name: "a", mode: "enforce" },
    { name: "dialect", mode: "enforce", speaks: { choose, dialects } },
  ];
}

describe("spokenDialect", () => {
  it("is none where no guard says one, or the subprotocol means none", () => {
    expect(spokenDialect([], facts("mqtt"), null)).toBeNull();
    expect(spokenDialect(speaking(dialect("mqtt")), facts(null), null)).toBeNull();
  });

  it("is the one that the subprotocol in use means", () => {
    const guards = speaking(dialect("json"), dialect("mqtt"));
    expect(spokenDialect(guards, facts("mqtt"), null)?.name).toBe("mqtt");
  });

  it("goes on in the middle of the talk after a reload, where the dialect is the same", () => {
    const before = spokenDialect(speaking(dialect("mqtt")), facts("mqtt"), null);
    expect(spokenDialect(speaking(dialect("mqtt")), facts("mqtt"), before)).toBe(before);
    const other = spokenDialect(speaking(dialect("json")), facts("json"), before);
    expect(other?.name).toBe("json");
  });
});
