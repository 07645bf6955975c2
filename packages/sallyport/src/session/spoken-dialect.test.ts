import { describe, expect, it } from "vitest";
import type { Dialect } from "../dialects/dialect.ts";
import type { ConnectionFacts, Guard } from "../guards/guard.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { spokenDialect } from "./spoken-dialect.ts";

function dialect(name: string, needs?: Dialect["needs"]): Dialect {
  return {
    name,
    subprotocols: [name],
    kinds: [],
    ...(needs !== undefined && { needs }),
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

/** Whether a dialect with these needs reads what is said after a reload that brought it. */
function joins(needs: Dialect["needs"], begun: boolean): boolean | undefined {
  const spoken = spokenDialect(speaking(dialect("mqtt", needs)), facts("mqtt"), { spoken: null, begun });
  return spoken?.connection.read(messageFixture("1")).ok;
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
    const spoken = spokenDialect(speaking(dialect("mqtt", "all")), facts("mqtt"), null);
    const before = { spoken, begun: true };
    expect(spokenDialect(speaking(dialect("mqtt", "all")), facts("mqtt"), before)).toBe(spoken);
    const other = spokenDialect(speaking(dialect("json")), facts("json"), before);
    expect(other?.name).toBe("json");
  });

  it("takes the new options of a dialect that remembers nothing", () => {
    const spoken = spokenDialect(speaking(dialect("json", "nothing")), facts("json"), null);
    const next = spokenDialect(speaking(dialect("json", "nothing")), facts("json"), { spoken, begun: true });
    expect(next).not.toBe(spoken);
    expect(next?.connection.read(messageFixture("1"))).toMatchObject({ ok: true });
  });

  it("refuses a talk that began without it, where it must have heard everything", () => {
    expect([joins("all", true), joins("all", false), joins(undefined, true)]).toEqual([false, true, true]);
  });

  it("refuses a talk of which it missed something while it was observed, once it is enforced", () => {
    const [observing] = speaking(dialect("mqtt", "all")).slice(1);
    const observed: readonly Guard[] = observing === undefined ? [] : [{ ...observing, mode: "observe" }];
    const spoken = spokenDialect(observed, facts("mqtt"), null);
    const next = (guards: readonly Guard[]): boolean | undefined =>
      spokenDialect(guards, facts("mqtt"), { spoken, begun: true })?.connection.read(messageFixture("1")).ok;
    const enforced = speaking(dialect("mqtt", "all"));
    expect([next(observed), next(enforced)]).toEqual([true, true]);
    spoken?.connection.missed?.();
    expect([next(observed), next(enforced)]).toEqual([true, false]);
  });
});
