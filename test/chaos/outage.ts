import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type { WebSocket } from "ws";

import { hangUp, type Caller } from "./callers.ts";
import type { ChaosPace, ChaosRow } from "./chaos-case.ts";
import { finishLab } from "./finish-lab.ts";
import { type Gate, limits } from "./gate.ts";
import { isInStep, type Lab } from "./lab.ts";
import { prepareProofs, tryProofsAfter, tryProofsWhileAway, type Proofs } from "./proofs.ts";
import { until } from "./until.ts";

/** Trouble with an engine, from its beginning to its end. */
export interface Outage {
  /** Those gateways that lose the engine. */
  readonly away: readonly (0 | 1)[];
  /** Which servers answer afterwards: at another one no ticket counts that was issued before. */
  readonly servers: "the same" | "another" | "some others";
  /** How long it lasts at least, milliseconds, where time is let pass. Default: as all of them. */
  readonly lastsMs?: number;
  /** Whether another gateway starts while it lasts. */
  readonly hasNewcomer?: true;
  hit(): unknown;
  heal(): unknown;
}

/** What holds from before the outage on. */
interface Before {
  readonly tickets: readonly string[];
  readonly proofs: Proofs;
  /** What connections of a user who is revoked at a gate that has the engine are closed with, of each gate. */
  readonly wilma: readonly Promise<number>[];
  /** What connections of a user who is revoked in the outage are closed with, of each gate. */
  readonly vera: readonly Promise<number>[];
  /** Connections of a user who has as many as he may. */
  readonly capped: WebSocket[];
  /** Outages that the log of each gate tells of. */
  readonly told: ReadonlyMap<Gate, number>;
}

/** Addresses that are banned before it, and in it. */
const [BEFORE, MEANWHILE] = [1, 2];
/** What the log and the alerts say. */
const OUTAGE = "shared state cannot be reached";

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
  const newcomer = outage.hasNewcomer === undefined ? null : await startNewcomer(lab);
  await live.flow(gates);
  const lastsMs = pace.isPatient ? (outage.lastsMs ?? pace.holdMs) : pace.holdMs;
  await delay(Math.max(0, hitAt + lastsMs - performance.now()));
  await live.flow(gates);

  for (const gate of gates) doors.admits(gate);
  const healedAt = performance.now();
  await outage.heal();
  for (const gate of gates) await until(`${gate.name} is as before`, () => isInStep(gate));
  const recoveredMs = performance.now() - healedAt;
  const reachedMs = await after(lab, before, outage);
  if (newcomer !== null) await tryNewcomer(lab, newcomer);
  const figures = await finishLab(lab);
  const { servers } = outage;
  const once = "those from before are good once afterwards";
  const lost = servers === "the same" ? once : "those of the server that is gone are good no more";
  const others = outage.away.length === 2 ? "" : "; at the other node as always";
  const started =
    newcomer === null
      ? ""
      : "; one that starts meanwhile refuses at once, until it knows what the others know";
  return {
    ...figures,
    told: Math.max(...gates.map((gate) => outagesIn(gate) - (before.told.get(gate) ?? 0))),
    fresh: `declared closed: 503 after ${seconds(refusedMs)}, not ready; declared open: 101${others}${started}`,
    tickets: `503${others}; ${lost}`,
    revocations: `at its node at once, and its caller told so (503); everywhere ${seconds(reachedMs + recoveredMs)} after the end`,
    recoveredMs,
  };
}

async function prepare(lab: Lab): Promise<Before> {
  const { gates, callers, doors } = lab;
  const [one, other] = gates;
  await one.admin("POST", "/revocations", { user: lab.user("rita") });
  await other.admin("POST", "/bans", { address: lab.address(BEFORE) });
  await knockUntil(lab, other, { user: lab.user("rita") }, 401);
  await knockUntil(lab, one, { address: lab.address(BEFORE) }, 403);
  for (const gate of [one, other]) {
    doors.revoked(lab.user("rita"), gate);
    doors.banned(lab.address(BEFORE), gate);
  }
  await redeemOne(lab, [one, other]);
  const tickets = await Promise.all([0, 1, 2].map((number) => ticketOf(lab, `tina${number}`)));
  const open = (gate: Gate, user: string): Promise<WebSocket> =>
    until(
      `${user} comes in at ${gate.name}`,
      async () => (await callers.connect(gate, { user: lab.user(user), route: "/open" })).socket,
    );
  const vera = [await open(one, "vera"), await open(other, "vera")].map(closeOf);
  const wilma = [await open(one, "wilma"), await open(other, "wilma")].map(closeOf);
  const capped = [await open(one, "cap"), await open(one, "cap"), await open(other, "cap")];
  for (const gate of [one, other])
    await knockUntil(lab, gate, { user: lab.user("cap"), route: "/open" }, 429);
  const told = new Map(gates.map((gate) => [gate, outagesIn(gate)]));
  // The last, since they age.
  return { tickets, vera, wilma, capped, told, proofs: await prepareProofs(lab) };
}

/** While it lasts. Answers how long it took until new connections were refused. */
async function during(
  lab: Lab,
  { away }: Outage,
  { tickets, vera, wilma, capped, told, proofs, hitAt }: Before & { readonly hitAt: number },
): Promise<{ readonly refusedMs: number }> {
  const { gates, callers, doors, application } = lab;
  const gone = away.map((index) => gates[index]);
  const [first = gates[0]] = gone;
  for (const gate of gone) {
    const isDown = async (): Promise<boolean> => (await gate.metric("sallyport_state_up")) === 0;
    await until(`${gate.name} says that it is away`, isDown);
    await until(`${gate.name} writes it down`, () => outagesIn(gate) > (told.get(gate) ?? 0));
  }
  await until("an alert", () => application.alerts.find((alert) => alert.includes(OUTAGE)));

  const [second = "", third = ""] = tickets;
  for (const gate of gone) {
    assert.equal(
      (await callers.ticket(gate, lab.user("tim"))).status,
      503,
      `a ticket is issued at ${gate.name}`,
    );
    assert.deepEqual(await doors.redeem(second, [gate]), [503]);
  }
  await tryProofsWhileAway(lab, proofs, gone);
  for (const [index, gate] of gates.entries()) {
    if (gone.includes(gate)) continue;
    assert.deepEqual(await doors.redeem(third, [gate]), [101]);
    assert.deepEqual(
      await doors.redeem(third, gone),
      gone.map(() => 503),
    );
    assert.equal((await gate.admin("POST", "/revocations", { user: lab.user("wilma") })).status, 200);
    doors.revoked(lab.user("wilma"), gate);
    assert.equal(await wilma[index], 4540);
  }

  assert.equal((await first.admin("POST", "/revocations", { user: lab.user("vera") })).status, 503);
  doors.revoked(lab.user("vera"), first);
  assert.equal(await vera[gates.indexOf(first)], 4540);
  assert.equal((await first.admin("POST", "/bans", { address: lab.address(MEANWHILE) })).status, 200);
  doors.banned(lab.address(MEANWHILE), first);

  for (const gate of gone) {
    await fillUp(lab, gate, capped);
    await knockUntil(lab, gate, { user: lab.user("nina") }, 503);
  }
  const refusedMs = performance.now() - hitAt;
  for (const gate of gone) {
    doors.refuses(gate);
    assert.equal(await gate.ready(), 503);
    await knockUntil(lab, gate, { user: lab.user("otto"), route: "/open" }, 101);
  }
  for (const gate of gates) {
    if (gone.includes(gate)) continue;
    await knockUntil(lab, gate, { user: lab.user("nina") }, 101);
    await until("it is ready", async () => (await gate.ready()) === 200);
  }
  return { refusedMs };
}

/** A gate on its own lets in as many of a user as a limit says, and no more. */
async function fillUp(lab: Lab, gate: Gate, capped: WebSocket[]): Promise<void> {
  for (let more = 0; more <= limits.perUser; more++) {
    const { status, socket } = await lab.callers.connect(gate, { user: lab.user("cap"), route: "/open" });
    if (socket === null) {
      assert.equal(status, 429);
      return;
    }
    capped.push(socket);
  }
  assert.fail(`${gate.name} let in more of a user than it may`);
}

/** Starts another gateway, which knows nothing of what is revoked, and so lets in nobody where that was declared closed. */
async function startNewcomer({ startGate, callers, doors, user }: Lab): Promise<Gate> {
  const gate = await startGate(0);
  doors.revoked(user("rita"), gate, ["/closed"]);
  assert.equal(await callers.knock(gate, { user: user("nina") }), 503);
  assert.equal(await gate.ready(), 503);
  return gate;
}

async function tryNewcomer(lab: Lab, gate: Gate): Promise<void> {
  await until("the newcomer is in step", () => isInStep(gate));
  for (const name of ["rita", "vera"])
    for (const route of ["/closed", "/open"] as const)
      assert.equal(await lab.callers.knock(gate, { user: lab.user(name), route }), 401);
  await knockUntil(lab, gate, { user: lab.user("nina") }, 101);
  await gate.child.kill();
}

/** When it is over. Answers how long it took until what came meanwhile was everywhere. */
async function after(lab: Lab, before: Before, { away, servers }: Outage): Promise<number> {
  const { gates, callers, doors } = lab;
  const { tickets, vera, wilma, capped, proofs } = before;
  const begun = performance.now();
  for (const [index, gate] of gates.entries()) {
    await knockUntil(lab, gate, { user: lab.user("vera") }, 401);
    doors.revoked(lab.user("vera"), gate);
    assert.equal(await vera[index], 4540);
    if (away.length === 1) {
      await knockUntil(lab, gate, { user: lab.user("wilma") }, 401);
      doors.revoked(lab.user("wilma"), gate);
      assert.equal(await wilma[index], 4540);
    }
    const caller = { address: lab.address(MEANWHILE), user: "from-afar" };
    await knockUntil(lab, gate, caller, 403);
    doors.banned(lab.address(MEANWHILE), gate);
    await knockUntil(lab, gate, { user: lab.user("rita") }, 401);
    assert.equal(await callers.knock(gate, { address: lab.address(BEFORE) }), 403);
  }
  const reachedMs = performance.now() - begun;

  await tryProofsAfter(lab, proofs, servers);
  const [second = "", third = "", fourth = ""] = tickets;
  // One that was asked about while it lasted may be used up, or not; never is it good twice.
  await doors.redeem(second, gates);
  await doors.redeem(third, gates);
  const last = await doors.redeem(fourth, gates);
  if (servers === "the same") assert.deepEqual(last, [101, 403]);
  if (servers === "another") assert.deepEqual(last, [403, 403]);
  await redeemOne(lab, gates);

  // More than the limit came in: nobody else does, until they are fewer.
  const another = { user: lab.user("cap"), route: "/open" } as const;
  for (const gate of gates) await knockUntil(lab, gate, another, 429);
  await Promise.all(capped.map(hangUp));
  for (const gate of gates) await knockUntil(lab, gate, another, 101);
  return reachedMs;
}

/** Knocks until it is answered so: a machine that is slow may take a healthy engine for gone, for a moment. */
export async function knockUntil(
  { callers }: Lab,
  gate: Gate,
  caller: Caller,
  status: number,
): Promise<void> {
  const who = `${caller.user ?? ""} ${caller.address ?? ""} ${caller.route ?? ""}`;
  await until(
    `${status} for ${who} at ${gate.name}`,
    async () => (await callers.knock(gate, caller)) === status,
  );
}

/** Until one of the gates lets in a ticket, and no other one does. */
export async function redeemOne(lab: Lab, gates: readonly Gate[]): Promise<void> {
  await until("a ticket is redeemed", async () => {
    const statuses = await lab.doors.redeem(await ticketOf(lab, "tom"), gates);
    return statuses.includes(101) && statuses.includes(403);
  });
}

/** A ticket of a user, from the first gate. */
export async function ticketOf({ gates, callers, user }: Lab, name: string): Promise<string> {
  return await until("a ticket is issued", async () => {
    const { status, ticket } = await callers.ticket(gates[0], user(name));
    return status === 200 ? ticket : null;
  });
}

function outagesIn({ child }: Gate): number {
  return child.written().split(OUTAGE).length - 1;
}

function closeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => void socket.once("close", resolve));
}
