import assert from "node:assert/strict";

import type { WebSocket } from "ws";

import type { ChaosCase, ChaosPace, ChaosRow } from "../chaos-case.ts";
import { KEYS } from "../engine.ts";
import { finishLab } from "../finish-lab.ts";
import { limits } from "../gate.ts";
import { until } from "../until.ts";
import { withLab, type WithLab } from "../with-lab.ts";

const CONNECTIONS = 1000;
const AT_ONCE = 50;
/** After the last sign of life of a node its places are free again (`docs/how-to/run-two-gateways.md`). */
const LEASE_MS = 15_000;

/** A gateway ends without a word. */
export const gateKilled: ChaosCase = {
  id: "gate-killed",
  title: "A gateway is killed with 1,000 connections",
  done: "`kill -9` of gateway A; 334 users have as many as they may (3), all of them there",
  needsNamespaces: false,
  run: (pace) => withLab(pace, (parts) => killGate(parts, pace), { clients: 0 }),
};

/** Kills gateway A of a lab, and starts another in its place. @param parts of a lab in which A has no live clients */
export async function killGate({ lab, engine, undo }: WithLab, pace: ChaosPace): Promise<ChaosRow> {
  const { callers, live, doors } = lab;
  const [one, other] = lab.gates;
  await live.open(callers, other, 10);
  await live.flow([other]);
  const sockets: WebSocket[] = [];
  undo.later(() => {
    for (const socket of sockets) socket.terminate();
  });
  const users = Array.from({ length: Math.ceil(CONNECTIONS / limits.perUser) }, (_, index) =>
    lab.user(`many${index}`),
  );
  const wanted = users.flatMap((user) => Array.from({ length: limits.perUser }, () => user));
  while (wanted.length > 0) {
    const some = wanted.splice(0, AT_ONCE).map((user) => callers.connect(one, { user }));
    for (const { status, socket } of await Promise.all(some)) {
      assert.ok(socket !== null, `one of them got ${status}`);
      sockets.push(socket);
    }
  }
  assert.ok(sockets.length >= CONNECTIONS);
  const ended = sockets.map((socket) => new Promise<number>((resolve) => void socket.once("close", resolve)));
  const { ticket } = await callers.ticket(one, lab.user("tina"));
  const statusesOf = (some: readonly string[]): Promise<readonly number[]> =>
    Promise.all(some.map((user) => callers.knock(other, { user })));
  const some = users.slice(0, AT_ONCE);
  assert.deepEqual(new Set(await statusesOf(some)), new Set([429]), "a limit is not one of both gates");
  assert.equal((await one.admin("POST", "/revocations", { user: lab.user("rita") })).status, 200);

  await one.child.kill();
  const killedAt = performance.now();
  assert.deepEqual(new Set(await Promise.all(ended)), new Set([1006]));
  // What it had told the engine is there: its revocation, and the ticket that it issued.
  await until(
    "rita is refused",
    async () => (await callers.knock(other, { user: lab.user("rita") })) === 401,
  );
  doors.revoked(lab.user("rita"), other);
  assert.deepEqual(await doors.redeem(ticket, [other]), [101]);
  if (!pace.isPatient) await endLeases(engine.tell, other.child.process.pid);
  const [first = ""] = users;
  await until("a limit is free again", async () => (await callers.knock(other, { user: first })) === 101);
  const freeMs = performance.now() - killedAt;
  assert.deepEqual(new Set(await statusesOf(users)), new Set([101]), "some are not free again");
  if (pace.isPatient) assert.ok(freeMs < 2 * LEASE_MS, `free again after ${freeMs} ms`);
  await live.flow([other]);
  // In its place another one, which shares everything at once.
  const again = await lab.startGate(0);
  await until("another gate is ready", async () => (await again.ready()) === 200);
  await until("rita is refused there", async () => {
    const status = await callers.knock(again, { user: lab.user("rita") });
    assert.notEqual(status, 101);
    return status === 401;
  });
  return {
    ...(await finishLab(lab)),
    fresh: `users at their limit: 429, free again after ${(freeMs / 1000).toFixed(1)} s (lease ${LEASE_MS / 1000} s)`,
    tickets: "of the one that was killed: redeemed once",
    revocations: "of the one that was killed: in force",
    recoveredMs: freeMs,
  };
}

type Tell = (...words: readonly string[]) => Promise<string>;

/** As if so much time had passed: what is not heard of within its lease is gone. Those that live say so again. */
async function endLeases(tell: Tell, survivor: number | undefined): Promise<void> {
  const alive = `${KEYS}{nodes}:alive`;
  const said = await tell("HGETALL", `${KEYS}{nodes}:said`);
  const lines = said.split("\n");
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const [node = "", text = ""] = lines.slice(index, index + 2);
    if (text.includes(`:${survivor}"`)) continue;
    const leftMs = Number(await tell("ZSCORE", alive, node)) - Date.now();
    assert.ok(leftMs <= LEASE_MS, `a lease has ${leftMs} ms left`);
    await tell("ZADD", alive, "1", node);
  }
}
