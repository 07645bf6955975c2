import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type { WebSocket } from "ws";

import { hangUp } from "./callers.ts";
import type { ChaosPace, ChaosRow } from "./chaos-case.ts";
import { finishLab } from "./finish-lab.ts";
import { type Gate, limits } from "./gate.ts";
import { isInStep, type Lab } from "./lab.ts";
import { until } from "./until.ts";

/** Trouble with an engine, from its beginning to its end. */
export interface Outage {
  /** Those gateways that lose the engine. */
  readonly away: readonly (0 | 1)[];
  /** Whether the engine has afterwards what it had before. */
  readonly keepsData: boolean;
  hit(): unknown;
  heal(): unknown;
}

/** What holds from before the outage on. */
interface Before {
  readonly tickets: readonly string[];
  /** What connections of a user who is revoked in the outage are closed with, of each gate. */
  readonly vera: readonly Promise<number>[];
  /** Connections of a user who has as many as he may. */
  readonly capped: WebSocket[];
}

const DOCUMENTED_BAN = "203.0.113.7";
const LATER_BAN = "203.0.113.8";
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/**
 * Lets trouble with the engine begin, last and end, and looks at each step whether everything is as `docs/how-to/share-state.md` says. Rejects
 * where something is not.
 */
export async function runOutage(lab: Lab, outage: Outage, pace: ChaosPace): Promise<ChaosRow> {
  const { gates, live, doors } = lab;
  const before = await prepare(lab);
  await live.flow(gates);
  const hitAt = performance.now();
  await outage.hit();
  const { refusedMs } = await during(lab, outage, { ...before, hitAt });
  await live.flow(gates);
  await delay(Math.max(0, hitAt + pace.holdMs - performance.now()));
  await live.flow(gates);

  for (const gate of gates) doors.admits(gate);
  const healedAt = performance.now();
  await outage.heal();
  for (const gate of gates) await until(`${gate.name} is as before`, () => isInStep(gate));
  const recoveredMs = performance.now() - healedAt;
  const reachedMs = await after(lab, before, outage);
  const figures = await finishLab(lab);
  const lost = outage.keepsData ? "those from before redeemed once afterwards" : "those from before are lost";
  const others = outage.away.length === 2 ? "" : "; at the other node as always";
  return {
    ...figures,
    fresh: `declared closed: 503 after ${seconds(refusedMs)}, not ready; declared open: 101${others}`,
    tickets: `503${others}; ${lost}`,
    revocations: `at its node at once, and its caller told so (503); everywhere ${seconds(reachedMs + recoveredMs)} after the end`,
    recoveredMs,
  };
}

async function prepare({ gates: [one, other], callers, doors }: Lab): Promise<Before> {
  assert.equal((await one.admin("POST", "/revocations", { user: "rita" })).status, 200);
  assert.equal((await other.admin("POST", "/bans", { address: DOCUMENTED_BAN })).status, 200);
  await until(
    "a revocation is at the other gate",
    async () => (await callers.knock(other, { user: "rita" })) === 401,
  );
  await until("a ban is, too", async () => (await callers.knock(one, { address: DOCUMENTED_BAN })) === 403);
  for (const gate of [one, other]) {
    doors.revoked("rita", gate);
    doors.banned(DOCUMENTED_BAN, gate);
  }
  const issued = [0, 1, 2, 3, 4].map((number) => callers.ticket(one, `tina-${number}`));
  const tickets = (await Promise.all(issued)).map(({ ticket }) => ticket);
  const [first = ""] = tickets;
  assert.deepEqual(await doors.redeem(first, [other]), [101]);
  assert.deepEqual(await doors.redeem(first, [one]), [403]);
  const open = async (gate: Gate, user: string): Promise<WebSocket> => {
    const { status, socket } = await callers.connect(gate, { user, route: "/open" });
    assert.ok(socket !== null, `${user} got ${status} at ${gate.name}`);
    return socket;
  };
  const vera = [await open(one, "vera"), await open(other, "vera")].map(closeOf);
  const capped = [await open(one, "cap"), await open(one, "cap"), await open(other, "cap")];
  for (const gate of [one, other])
    assert.equal(await callers.knock(gate, { user: "cap", route: "/open" }), 429);
  return { tickets, vera, capped };
}

/** While it lasts. Answers how long it took until new connections were refused. */
async function during(
  lab: Lab,
  { away }: Outage,
  { tickets, vera, capped, hitAt }: Before & { readonly hitAt: number },
): Promise<{ readonly refusedMs: number }> {
  const { gates, callers, doors, application } = lab;
  const gone = away.map((index) => gates[index]);
  const [first = gates[0]] = gone;
  for (const gate of gone)
    await until(
      `${gate.name} says that it is away`,
      async () => (await gate.metric("sallyport_state_up")) === 0,
    );
  await until("an alert", () =>
    application.alerts.find((alert) => alert.includes("shared state cannot be reached")),
  );

  const [, second = "", third = ""] = tickets;
  for (const gate of gone) {
    assert.equal((await callers.ticket(gate, "tim")).status, 503, `a ticket is issued at ${gate.name}`);
    assert.deepEqual(await doors.redeem(second, [gate]), [503]);
  }
  if (gone.length === 1) {
    const [well = gates[1]] = gates.filter((gate) => !gone.includes(gate));
    assert.deepEqual(await doors.redeem(third, [well]), [101]);
    assert.deepEqual(await doors.redeem(third, [first]), [503]);
  }

  assert.equal((await first.admin("POST", "/revocations", { user: "vera" })).status, 503);
  doors.revoked("vera", first);
  assert.equal(await vera[gates.indexOf(first)], 4540);
  assert.equal((await first.admin("POST", "/bans", { address: LATER_BAN })).status, 200);
  doors.banned(LATER_BAN, first);

  for (const gate of gone) {
    await fillUp(lab, gate, capped);
    await until(`${gate.name} refuses`, async () => (await callers.knock(gate, { user: "nina" })) === 503);
  }
  const refusedMs = performance.now() - hitAt;
  for (const gate of gone) {
    doors.refuses(gate);
    assert.equal(await gate.ready(), 503);
    assert.equal(await callers.knock(gate, { user: "otto", route: "/open" }), 101);
  }
  for (const gate of gates) {
    if (gone.includes(gate)) continue;
    assert.equal(await gate.ready(), 200);
    assert.equal(await callers.knock(gate, { user: "nina" }), 101);
  }
  return { refusedMs };
}

/** A gate on its own lets in as many of a user as a limit says, and no more. */
async function fillUp({ callers }: Lab, gate: Gate, capped: WebSocket[]): Promise<void> {
  for (let more = 0; more <= limits.perUser; more++) {
    const { status, socket } = await callers.connect(gate, { user: "cap", route: "/open" });
    if (socket === null) {
      assert.equal(status, 429);
      return;
    }
    capped.push(socket);
  }
  assert.fail(`${gate.name} let in more of a user than it may`);
}

/** When it is over. Answers how long it took until what came meanwhile was everywhere. */
async function after(lab: Lab, { tickets, vera, capped }: Before, { keepsData }: Outage): Promise<number> {
  const { gates, callers, doors } = lab;
  const begun = performance.now();
  for (const [index, gate] of gates.entries()) {
    await until(
      `vera is refused at ${gate.name}`,
      async () => (await callers.knock(gate, { user: "vera" })) === 401,
    );
    doors.revoked("vera", gate);
    assert.equal(await vera[index], 4540);
    const caller = { address: LATER_BAN, user: "from-afar" };
    await until(`a ban reaches ${gate.name}`, async () => (await callers.knock(gate, caller)) === 403);
    doors.banned(LATER_BAN, gate);
    assert.equal(await callers.knock(gate, { user: "rita" }), 401);
    assert.equal(await callers.knock(gate, { address: DOCUMENTED_BAN }), 403);
  }
  const reachedMs = performance.now() - begun;

  const [, second = "", third = "", fourth = ""] = tickets;
  // One that was asked about while it lasted may be used up, or not; never is it good twice.
  await doors.redeem(second, gates);
  await doors.redeem(third, gates);
  const last = await doors.redeem(fourth, gates);
  assert.deepEqual(last.toSorted(), keepsData ? [101, 403] : [403, 403]);
  const { status, ticket } = await callers.ticket(gates[0], "tom");
  assert.equal(status, 200);
  assert.deepEqual((await doors.redeem(ticket, gates)).toSorted(), [101, 403]);

  // More than the limit came in: nobody else does, until they are fewer.
  for (const gate of gates)
    await until(
      "nobody else",
      async () => (await callers.knock(gate, { user: "cap", route: "/open" })) === 429,
    );
  await Promise.all(capped.map(hangUp));
  for (const gate of gates)
    await until(
      "free again",
      async () => (await callers.knock(gate, { user: "cap", route: "/open" })) === 101,
    );
  return reachedMs;
}

function closeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => void socket.once("close", resolve));
}
