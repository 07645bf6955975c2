import { afterEach, describe, expect, it, vi } from "vitest";
import { facts } from "../../test/recorded-session.ts";
import type { Policy } from "../policy/policy.ts";
import type { Gate, OpenSession } from "./gate.ts";
import { putPolicyInForce } from "./reevaluate.ts";

interface Asked {
  prepared: number;
  rebound: number;
}

function policyOf(version: string): Policy & { disposed: number } {
  const policy = {
    version,
    disposed: 0,
    listeners: [],
    admin: null,
    routes: [{ id: "/", hosts: [], path: "/", guards: [] }],
    dispose: () => void policy.disposed++,
  };
  // Of a route nothing else is asked for here.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return policy as unknown as Policy & { disposed: number };
}

/** A gate with so many connections, whose drivers only count. */
function gateWith(count: number): { gate: Gate; asked: Asked[] } {
  const asked: Asked[] = [];
  const sessions = new Map<string, OpenSession>();
  for (let index = 0; index < count; index++) {
    const one: Asked = { prepared: 0, rebound: 0 };
    let onDone: (() => void) | null = null;
    const driver = {
      prepare: (rebinding: { onDone: () => void }) => {
        one.prepared++;
        ({ onDone } = rebinding);
      },
      rebindNow: () => {
        one.rebound++;
        onDone?.();
      },
    };
    asked.push(one);
    const session = `s-${index}`;
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    sessions.set(session, { driver, leave: null, facts: { ...facts, session } } as unknown as OpenSession);
  }
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return { gate: { policy: policyOf("1"), sessions, now: () => 0 } as unknown as Gate, asked };
}

const reboundOf = (asked: readonly Asked[]): number => asked.reduce((sum, { rebound }) => sum + rebound, 0);

describe("putPolicyInForce", () => {
  afterEach(() => void vi.useRealTimers());

  it("judges all before it answers, and puts silent connections under their guards some at a time, the newest first", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const { gate, asked } = gateWith(12);
    const before = policyOf("1");
    gate.policy = before;
    expect(await putPolicyInForce(gate, policyOf("2"))).toEqual({ version: "2", kept: 12, closed: 0 });
    expect(asked.every(({ prepared }) => prepared === 1)).toBe(true);
    expect([reboundOf(asked), asked.at(-1)?.rebound, before.disposed]).toEqual([5, 1, 0]);
    vi.advanceTimersByTime(10);
    expect(reboundOf(asked)).toBe(10);
    vi.advanceTimersByTime(10);
    expect([reboundOf(asked), before.disposed]).toEqual([12, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has put each of ten thousand there within twenty seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const { gate, asked } = gateWith(10_000);
    await putPolicyInForce(gate, policyOf("2"));
    vi.advanceTimersByTime(20_000);
    expect(asked.every(({ rebound }) => rebound === 1)).toBe(true);
  });
});
