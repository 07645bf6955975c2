import assert from "node:assert/strict";

import type { WebSocket } from "ws";

import type { ChaosCase } from "../chaos-case.ts";
import { KEYS, type Engine } from "../engine.ts";
import { finishLab } from "../finish-lab.ts";
import { limits, type Gate } from "../gate.ts";
import { isInStep, type Lab } from "../lab.ts";
import { knockUntil, redeemOne, ticketOf } from "../outage.ts";
import { proveNew } from "../proofs.ts";
import { until } from "../until.ts";
import { withLab } from "../with-lab.ts";

/** So much is left for others, who take it all and go on. */
const ROOM_BYTES = 2 ** 20;
/** Eight values of 4 KiB, of names that nobody had before. */
const OTHERS = `for i = 1, 8 do redis.call('SET', 'junk:' .. redis.call('INCR', KEYS[1]), string.rep('x', 4096)) end`;
/** As often as that in one go; some 300 of such values have room. */
const TIMES = 50;

/** It is full, and makes room by whatever it likes. */
export const evicting: ChaosCase = {
  id: "evicting",
  title: "The engine is full, and drops what it likes",
  done: "filled by others far beyond `maxmemory`, `allkeys-lru` and then `allkeys-random`, until tickets, revocations and what was used once were dropped; then they leave",
  needsNamespaces: false,
  run: (pace) =>
    withLab(pace, async ({ lab, engine }) => {
      const { gates, callers, doors, live } = lab;
      const [one, other] = gates;
      const [rita, banned] = [lab.user("rita"), lab.address(1)];
      assert.equal((await one.admin("POST", "/revocations", { user: rita })).status, 200);
      assert.equal((await other.admin("POST", "/bans", { address: banned })).status, 200);
      for (const gate of gates) {
        await knockUntil(lab, gate, { user: rita }, 401);
        await knockUntil(lab, gate, { address: banned }, 403);
        doors.revoked(rita, gate);
        doors.banned(banned, gate);
      }
      await redeemOne(lab, gates);
      const waiting = await ticketOf(lab, "tina");
      const capped = new Map<Gate, WebSocket[]>(gates.map((gate) => [gate, []]));
      for (const gate of [one, one, other]) {
        const { socket } = await callers.connect(gate, { user: lab.user("cap") });
        if (socket !== null) capped.get(gate)?.push(socket);
      }
      const proof = await proveNew(lab, other);
      assert.deepEqual(await doors.prove(proof, [one]), [401]);

      const begunAt = performance.now();
      await crowdOut(lab, engine);
      const droppedMs = performance.now() - begunAt;
      await live.flow(gates);
      // What was used is used, and whoever has as many as he may at a gate has them.
      await doors.prove(proof, gates);
      for (const gate of gates) await fillUp(lab, gate, capped.get(gate) ?? []);
      await live.flow(gates);
      for (const gate of gates)
        await until("it warns", () => gate.child.written().includes("shared state may be lost"));

      const healedAt = performance.now();
      await engine.tell("CONFIG", "SET", "maxmemory", "0");
      for (const kind of ["revocations", "bans"])
        await until(`the ${kind} are there again`, async () => {
          const size = Number(await engine.tell("HLEN", `${KEYS}{log}:${kind}`));
          return size > 1;
        });
      for (const gate of gates) await until("it is in step", () => isInStep(gate));
      await redeemOne(lab, gates);
      await proveNew(lab, one);
      const recoveredMs = performance.now() - healedAt;
      // One that knows what the engine has, and nothing else.
      const later = await lab.startGate(0);
      await until("another gate is in step", () => isInStep(later));
      assert.equal(await callers.knock(later, { user: rita }), 401);
      assert.equal(await callers.knock(later, { address: banned }), 403);
      doors.revoked(rita, later);
      doors.banned(banned, later);
      assert.ok(!(await doors.prove(proof, [later])).includes(101));
      await doors.redeem(waiting, [one, other, later]);
      for (const socket of [...capped.values()].flat()) socket.terminate();
      return {
        ...(await finishLab(lab)),
        fresh: "101; a limit is each node's own; the log warns of it",
        tickets: `dropped within ${(droppedMs / 1000).toFixed(1)} s; nothing that was used once is good again, and proofs that could have been are refused (503)`,
        revocations: "in force, put back, and known to a gateway that starts afterwards",
        recoveredMs,
      };
    }),
};

/** Others write more and more, until of each kind something was dropped. */
async function crowdOut({ gates }: Lab, engine: Engine): Promise<void> {
  const [, used = "0"] = /used_memory:(\d+)/.exec(await engine.tell("INFO", "memory")) ?? [];
  await engine.tell("CONFIG", "SET", "maxmemory", String(Number(used) + ROOM_BYTES));
  const putBack = async (): Promise<number> =>
    (await gates[0].metric("sallyport_state_put_back_total")) +
    (await gates[1].metric("sallyport_state_put_back_total"));
  const before = { ...(await noted(engine)), putBack: await putBack() };
  await engine.tell("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  await until("it drops what nobody asks for", async () => {
    await press(engine);
    return (await noted(engine)).tickets < before.tickets;
  });
  await engine.tell("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
  await until("it drops what everybody asks for", async () => {
    await press(engine);
    const now = await noted(engine);
    const isEachNew = [...before.since].every((since) => !now.since.has(since));
    return isEachNew && (await putBack()) > before.putBack;
  });
}

async function press({ tell }: Engine): Promise<void> {
  await tell("-r", String(TIMES), "EVAL", OTHERS, "1", "junk:count");
}

/** Since when what was used is noted, in each of its parts, and how many tickets wait. */
async function noted({
  tell,
}: Engine): Promise<{ readonly since: ReadonlySet<string>; readonly tickets: number }> {
  const script = `local found = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  found[#found + 1] = (redis.call('ZRANGEBYSCORE', key, 'inf', 'inf')[1] or '') .. ' ' .. key
end
return found`;
  const since = await tell("EVAL", script, "0", `${KEYS}{used-dpop-*}:used`);
  const tickets = (await tell("KEYS", `${KEYS}{tickets-*}:*`)).match(/:[0-9a-f]{64}$/gm) ?? [];
  return { since: new Set(since.split("\n")), tickets: tickets.length };
}

/** A gate lets in as many of a user as a limit says, and no more, whatever the engine has forgotten. @param sockets that he has there */
async function fillUp({ callers, user }: Lab, gate: Gate, sockets: WebSocket[]): Promise<void> {
  for (;;) {
    const { status, socket } = await callers.connect(gate, { user: user("cap") });
    if (socket === null) return assert.equal(status, 429);
    sockets.push(socket);
    assert.ok(sockets.length <= limits.perUser, `${gate.name} let in ${sockets.length} of a user`);
  }
}
