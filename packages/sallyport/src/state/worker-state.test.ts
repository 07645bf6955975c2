import { describe, expect, it } from "vitest";
import { channelPair } from "../../test/channel-pair.ts";
import type { Revocation } from "../guards/shared-state.ts";
import { connectCalls, type Calls } from "./calls.ts";
import { createMemoryState, type MemoryState } from "./memory-state.ts";
import { createWorkerDesk, type StateAnswers } from "./worker-desk.ts";
import { createPrimaryState, createWorkerState, type StateChanges } from "./worker-state.ts";

interface Gate {
  readonly primary: MemoryState;
  readonly workers: readonly MemoryState[];
}

function startGate(): Gate {
  const told: Calls<StateChanges>[] = [];
  const primary = createPrimaryState(createMemoryState(), (name, ...parameters) => {
    for (const worker of told) worker.tell(name, ...parameters);
  });
  const workers = [0, 1].map(() => {
    const [near, far] = channelPair();
    const desk = createWorkerDesk(primary, () => 0);
    const changes: { current: StateChanges | null } = { current: null };
    const answers: StateChanges = {
      ban: (ban) => changes.current?.ban(ban),
      unban: (cidr) => changes.current?.unban(cidr),
      revoke: (revocation) => changes.current?.revoke(revocation),
      unrevoke: (id) => changes.current?.unrevoke(id),
      outage: (outage) => changes.current?.outage(outage),
    };
    const worker = createWorkerState({ ...connectCalls<StateAnswers>(near, answers), now: () => 0 });
    changes.current = worker.changes;
    told.push(connectCalls<StateChanges>(far, desk.answers));
    return worker.state;
  });
  return { primary, workers };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const revocation: Revocation = {
  id: "r",
  reason: "test",
  closes: true,
  createdAt: 0,
  expiresAt: 10,
  user: "ada",
};

describe("createPrimaryState", () => {
  it("tells every worker of a ban, and of its end", async () => {
    const { primary, workers } = startGate();
    primary.bans.add("192.0.2.0/24", { reason: "test", until: null });
    await settled();
    expect(workers.map(({ bans }) => bans.find("192.0.2.7", 0)?.reason)).toEqual(["test", "test"]);
    expect(primary.bans.size).toBe(1);
    primary.bans.remove("192.0.2.0/24");
    await settled();
    expect(workers.map(({ bans }) => bans.find("192.0.2.7", 0))).toEqual([null, null]);
  });

  it("tells nobody of a ban that it refused", async () => {
    const { primary, workers } = startGate();
    expect(primary.bans.add("192.0.2.7/24", { reason: "test", until: null })).toMatchObject({ ok: false });
    await settled();
    expect(workers.map(({ bans }) => bans.size)).toEqual([0, 0]);
  });

  it("tells every worker of a revocation, and of its end", async () => {
    const { primary, workers } = startGate();
    primary.revocations.add(revocation);
    await settled();
    expect(workers.map(({ revocations }) => revocations.list(0))).toEqual([[revocation], [revocation]]);
    primary.revocations.remove("r");
    await settled();
    expect(workers.map(({ revocations }) => revocations.list(0))).toEqual([[], []]);
  });
});

describe("createWorkerState", () => {
  it("tells all of a revocation that begins in one worker, where it is in force at once", async () => {
    const { primary, workers } = startGate();
    const heard: string[] = [];
    for (const { revocations } of workers) revocations.watch(({ id }) => void heard.push(id));
    workers[0]?.revocations.add(revocation);
    expect(heard).toEqual(["r"]);
    await settled();
    expect([primary, ...workers].map(({ revocations }) => revocations.list(0).length)).toEqual([1, 1, 1]);
    expect(heard.length).toBeLessThan(4);
  });
});
