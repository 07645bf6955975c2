import { describe, expect, it } from "vitest";
import type { WatchSignal } from "../watch/signal.ts";
import { credential, decision, opening, traffic } from "../../test/watch-fixture.ts";
import { WatchRelay, type SignalBatch } from "./watch-relay.ts";

const gate: WatchSignal = { type: "gate", level: "info", message: "something" };
const refusal: WatchSignal = {
  type: "handshake",
  verdict: "refuse",
  incident: "i",
  guard: "firewall",
  code: "firewall.denied",
  status: 403,
  detail: "",
  route: null,
  address: "192.0.2.1",
  user: null,
  path: "/",
  origin: null,
};

describe("WatchRelay", () => {
  it("sends what waits, one batch at a time", async () => {
    const sent: SignalBatch[] = [];
    const taken = Promise.withResolvers<void>();
    const relay = new WatchRelay((batch) => {
      sent.push(batch);
      return sent.length === 1 ? taken.promise : Promise.resolve();
    });
    relay.take(gate);
    const first = relay.flush();
    relay.take(refusal);
    await relay.flush();
    expect(sent).toEqual([{ signals: [gate], leftOut: 0 }]);
    taken.resolve();
    await first;
    await relay.close();
    expect(sent[1]).toEqual({ signals: [refusal], leftOut: 0 });
    await relay.flush();
    expect(sent).toHaveLength(2);
  });

  it("leaves out what finds no room, counts it exactly, and keeps room beside a flood of refusals", async () => {
    const sent: SignalBatch[] = [];
    const relay = new WatchRelay(async (batch) => void sent.push(batch));
    for (let index = 0; index < 100_000; index++) relay.take(refusal);
    relay.take(gate);
    await relay.flush();
    const [batch] = sent;
    expect(batch?.signals).toHaveLength(4001);
    expect(batch?.signals.at(-1)).toBe(gate);
    expect(batch?.leftOut).toBe(96_000);
    for (let index = 0; index < 10_000; index++) relay.take(gate);
    await relay.close();
    expect(sent[1]?.leftOut).toBe(6000);
  });

  it("keeps room for each type beside a flood of another, and not without end", async () => {
    const sent: SignalBatch[] = [];
    const relay = new WatchRelay(async (batch) => void sent.push(batch));
    for (const flood of [opening(), decision(), traffic(), credential()])
      for (let index = 0; index < 5000; index++) relay.take(flood);
    relay.take(refusal);
    await relay.close();
    const count = (type: string): number =>
      sent[0]?.signals.filter((signal) => signal.type === type).length ?? 0;
    expect(["open", "decision", "traffic", "credential", "handshake"].map(count)).toEqual([
      4000, 4000, 4000, 0, 1,
    ]);
    expect(sent[0]?.leftOut).toBe(8000);
  });

  it("sends at its end what came while a batch was under way", async () => {
    const sent: SignalBatch[] = [];
    const taken = Promise.withResolvers<void>();
    const relay = new WatchRelay((batch) => {
      sent.push(batch);
      return sent.length === 1 ? taken.promise : Promise.resolve();
    });
    relay.take(gate);
    const first = relay.flush();
    relay.take(refusal);
    const closed = relay.close();
    taken.resolve();
    await first;
    await closed;
    expect(sent).toEqual([
      { signals: [gate], leftOut: 0 },
      { signals: [refusal], leftOut: 0 },
    ]);
  });

  it("counts what could not be sent", async () => {
    const sent: SignalBatch[] = [];
    let fails = true;
    const relay = new WatchRelay(async (batch) => {
      if (fails) throw new Error("the other process has gone");
      sent.push(batch);
    });
    relay.take(gate);
    relay.take(gate);
    await relay.flush();
    fails = false;
    await relay.close();
    expect(sent).toEqual([{ signals: [], leftOut: 2 }]);
  });
});
