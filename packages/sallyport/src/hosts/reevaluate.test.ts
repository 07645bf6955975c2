import { afterEach, describe, expect, it, vi } from "vitest";
import { facts } from "../../test/recorded-session.ts";
import type { Guard } from "../guards/guard.ts";
import type { Policy } from "../policy/policy.ts";
import type { Gate, OpenSession } from "./gate.ts";
import { changePolicy, letPoliciesGo, putPolicyInForce } from "./reevaluate.ts";

interface HeldPolicy extends Policy {
  /** By how many. */
  holders: number;
}

function policyOf(version: string, guards: readonly Guard[] = []): HeldPolicy {
  const policy = {
    version,
    holders: 1,
    listeners: [],
    admin: null,
    routes: [{ id: "/", hosts: [], path: "/", guards }],
    hold: () => {
      policy.holders++;
      return policy;
    },
    release: () => void policy.holders--,
  };
  // Of a route nothing else is asked for here.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return policy as unknown as HeldPolicy;
}

/** What a connection was told. */
interface Told {
  readonly open: OpenSession;
  prepared: number;
  rebound: number;
  closed: string | null;
}

/** A gate with so many connections under a policy, whose drivers only count. */
function gateWith(count: number, policy: Policy): { gate: Gate; all: Told[] } {
  const all: Told[] = [];
  const sessions = new Map<string, OpenSession>();
  for (let index = 0; index < count; index++) {
    const session = `s-${index}`;
    const driver = {
      prepare: () => void told.prepared++,
      rebindNow: () => {
        told.rebound++;
        changePolicy(told.open);
      },
      close: (code: string) => {
        told.closed = code;
        sessions.delete(session);
        letPoliciesGo(told.open);
      },
    };
    const open = { driver, under: policy.hold(), next: null, facts: { ...facts, session } };
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    const told: Told = { open: open as unknown as OpenSession, prepared: 0, rebound: 0, closed: null };
    all.push(told);
    sessions.set(session, told.open);
  }
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return { gate: { policy, sessions, now: () => 0 } as unknown as Gate, all };
}

const reboundOf = (all: readonly Told[]): number => all.reduce((sum, { rebound }) => sum + rebound, 0);

describe("putPolicyInForce", () => {
  afterEach(() => void vi.useRealTimers());

  it("judges all before it answers, and puts silent connections under their guards some at a time, the newest first", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const [before, after] = [policyOf("1"), policyOf("2")];
    const { gate, all } = gateWith(12, before);
    expect(await putPolicyInForce(gate, after)).toEqual({ version: "2", kept: 12, closed: 0 });
    expect(all.every(({ prepared }) => prepared === 1)).toBe(true);
    expect([reboundOf(all), all.at(-1)?.rebound, before.holders, after.holders]).toEqual([5, 1, 7, 13]);
    vi.advanceTimersByTime(10);
    expect(reboundOf(all)).toBe(10);
    vi.advanceTimersByTime(10);
    expect([reboundOf(all), before.holders, after.holders]).toEqual([12, 0, 13]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has put each of ten thousand there within twenty seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const { gate, all } = gateWith(10_000, policyOf("1"));
    await putPolicyInForce(gate, policyOf("2"));
    vi.advanceTimersByTime(20_000);
    expect(all.every(({ rebound }) => rebound === 1)).toBe(true);
  });

  it("keeps each policy whose guards are still asked, where one reload overtakes another", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const [first, second, third] = [policyOf("1"), policyOf("2"), policyOf("3")];
    const { gate, all } = gateWith(12, first);
    await putPolicyInForce(gate, second);
    // Five are under the second by now, seven are about to be.
    await putPolicyInForce(gate, third);
    const holders = (): number[] => [first.holders, second.holders, third.holders];
    expect([all.at(-1)?.open.under, all[0]?.open.under]).toEqual([third, first]);
    expect(holders()).toEqual([7, 0, 13]);
    vi.advanceTimersByTime(20_000);
    expect(holders()).toEqual([0, 0, 13]);
    for (const { open } of all) letPoliciesGo(open);
    expect(holders()).toEqual([0, 0, 1]);
  });

  it("closes those that the new policy does not admit, and lets go of both policies for them", async () => {
    const refusing: Guard = {
      name: "permission",
      mode: "enforce",
      readmit: ({ session }) =>
        session === "s-1"
          ? { verdict: "refuse", code: "permission.connect", detail: "a test" }
          : { verdict: "pass" },
    };
    const [before, after] = [policyOf("1"), policyOf("2", [refusing])];
    const { gate, all } = gateWith(2, before);
    expect(await putPolicyInForce(gate, after)).toEqual({ version: "2", kept: 1, closed: 1 });
    expect(all.map(({ closed }) => closed)).toEqual([null, "permission.connect"]);
    expect([before.holders, after.holders]).toEqual([0, 2]);
  });
});

describe("letPoliciesGo", () => {
  it("lets go of the policy that was about to come in force, too", () => {
    const [before, after] = [policyOf("1"), policyOf("2")];
    const { all } = gateWith(1, before);
    for (const { open } of all) {
      open.next = after.hold();
      letPoliciesGo(open);
    }
    expect([before.holders, after.holders]).toEqual([1, 1]);
  });
});

describe("changePolicy", () => {
  it("changes nothing where nothing was prepared", () => {
    const before = policyOf("1");
    const { all } = gateWith(1, before);
    for (const { open } of all) changePolicy(open);
    expect([before.holders, all[0]?.open.under]).toEqual([2, before]);
  });
});
