import assert from "node:assert/strict";

import type { ChaosCase } from "../chaos-case.ts";
import { KEYS, type Engine } from "../engine.ts";
import { finishLab } from "../finish-lab.ts";
import { isInStep, type Lab } from "../lab.ts";
import { proveNew } from "../proofs.ts";
import { until } from "../until.ts";
import { withLab } from "../with-lab.ts";

/** Keys of one kind that are written over at a time: all parts of what is kept in parts. */
const AT_ONCE = 16;
const FROM_AFAR = "203.0.113.10";

/** Texts that are none of ours. */
const texts: Readonly<Record<string, string>> = {
  "not JSON": "{",
  NaN: "nan",
  infinity: "1e999",
  markup: "<img src=x onerror=alert(1)>",
  "prototype names": '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}',
  "an entry that is none": '9999999999999 {"__proto__":{"user":"rita"}}',
};

/** Lua by which each replaces a key: whatever was there, of whatever type. */
const replaced: Readonly<Record<string, string>> = {
  "a string": "redis.call('SET', key, 'planted')",
  "a list": "redis.call('RPUSH', key, 'planted')",
  "a set": "redis.call('SADD', key, 'planted')",
  "a hash": "redis.call('HSET', key, '__proto__', 'planted')",
  "a sorted set": "redis.call('ZADD', key, 'inf', 'planted')",
  "a stream": "redis.call('XADD', key, '*', 'planted', 'planted')",
};

/** Lua that puts a text into a key of its own type: in place of every value, and beside them. */
const INSIDE = `local kind, text = redis.call('TYPE', key).ok, ARGV[2]
if text == 'megabytes' then text = string.rep('x', 2 * 1024 * 1024) end
if kind == 'string' then redis.call('SET', key, text, 'KEEPTTL')
elseif kind == 'hash' then
  for _, field in ipairs(redis.call('HKEYS', key)) do redis.call('HSET', key, field, text) end
  redis.call('HSET', key, '__proto__', text)
  redis.call('HSET', key, text, text)
elseif kind == 'zset' then
  redis.call('ZADD', key, 'inf', text, '-inf', text .. ' ')
elseif kind == 'stream' then
  redis.call('XADD', key, '*', 'kind', 'revocations', 'name', text, 'entry', text)
  redis.call('XADD', key, '*', 'm', text)
end`;

/** Lua that does something with keys that look so, and answers with how many: not with those that were made of what was planted. */
const withEach = (script: string): string => `local count = 0
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  if #key < 200 and count < ${AT_ONCE} then
    count = count + 1
    ${script}
  end
end
return count`;

/** Every kind of key that gateways write, by what its name looks like. */
const kinds: readonly string[] = [
  "{log}:log",
  "{log}:revocations",
  "{log}:revocations-ends",
  "{log}:bans",
  "{log}:bans-ends",
  `{tickets-?}:${"[0-9a-f]".repeat(64)}`,
  "{tickets-?}:ends",
  "{tickets-?}:held",
  "{used-dpop-?}:used",
  "{nodes}:alive",
  "{nodes}:said",
  "{nodes}:mark",
  "{nodes}:inbox:*",
  "{nodes}:places:*",
  "{nodes}:rate:*",
  "{rates}:*",
  "{probe}:*",
];

/** Somebody writes into the engine what no gateway would. */
export const planted: ChaosCase = {
  id: "planted",
  title: "Hostile values in the engine",
  done: `into every kind of key (${kinds.length}): other types, megabytes, markup, prototype names, not JSON, NaN; then they are taken out`,
  needsNamespaces: false,
  run: (pace) =>
    withLab(pace, async ({ lab, engine }) => {
      const { gates, callers, doors, live } = lab;
      const [one, other] = gates;
      for (const gate of gates) await gate.admin("GET", "/sessions");
      assert.equal((await one.admin("POST", "/revocations", { user: "rita" })).status, 200);
      assert.equal((await one.admin("POST", "/bans", { address: FROM_AFAR, seconds: 3600 })).status, 200);
      for (const gate of gates) {
        await until("in force", async () => (await callers.knock(gate, { user: "rita" })) === 401);
        await until("banned", async () => (await callers.knock(gate, { address: FROM_AFAR })) === 403);
        doors.revoked("rita", gate);
        doors.banned(FROM_AFAR, gate);
      }
      const { ticket: used } = await callers.ticket(one, "tina");
      assert.deepEqual(await doors.redeem(used, [other]), [101]);

      let count = 0;
      let longestMs = 0;
      for (const kind of kinds) {
        count += await plantAll(lab, engine, kind);
        // What was planted is taken out; nobody does anything at the gateways.
        const takenAt = performance.now();
        await engine.tell("EVAL", withEach("redis.call('DEL', key)"), "0", KEYS + kind);
        for (const gate of gates) await until(`${gate.name} is as before, ${kind}`, () => isInStep(gate));
        longestMs = Math.max(longestMs, performance.now() - takenAt);
        await worksAgain(lab);
      }
      await proveNew(lab, one);
      await live.flow(gates);
      const misfits = await one.metric("sallyport_state_misfits_total");
      assert.ok(misfits > 0);
      return {
        ...(await finishLab(lab)),
        fresh: `${count} planted; refused (503) where the log cannot be read, otherwise 101`,
        tickets: "a planted one opens nothing; what was used once opens nothing again",
        revocations: "what is known stays in force, and is put back",
        recoveredMs: longestMs,
      };
    }),
};

/** Plants everything there is into keys of one kind, one after the other. Answers how many that were. */
async function plantAll(lab: Lab, engine: Engine, kind: string): Promise<number> {
  const { gates, callers, doors, live } = lab;
  const [one] = gates;
  const planters = [
    ...Object.entries(texts).map(([words, text]) => ({ words, script: INSIDE, text })),
    { words: "megabytes", script: INSIDE, text: "megabytes" },
    ...Object.entries(replaced).map(([words, script]) => ({
      words,
      script: `redis.call('DEL', key) ${script}`,
      text: "",
    })),
  ];
  const isTicket = kind.startsWith("{tickets-?}:[");
  const proof = kind.startsWith("{used-dpop-") ? await proveNew(lab, one) : "";
  const asked: Promise<unknown>[] = [];
  let isAsking = false;
  const ask = (): void => {
    if (isAsking) return;
    isAsking = true;
    const answered = one.admin("GET", "/sessions").then(
      () => null,
      (error: unknown) => error,
    );
    asked.push(answered.finally(() => (isAsking = false)));
  };
  for (const { words, script, text } of planters) {
    const where = `${words} in ${kind}`;
    const { ticket } = isTicket ? await callers.ticket(one, "tom") : { ticket: "" };
    await until(`a key like ${kind}`, async () => {
      // Orders wait in the engine for a moment. What is planted among them costs who asked two seconds: nobody else waits for it.
      ask();
      return (await engine.tell("EVAL", withEach(script), "0", KEYS + kind, text)) !== "0";
    });
    const looks = gates.map(async (gate) => {
      const knocks = ["rita", "somebody"].map((user) => callers.knock(gate, { user }));
      const [rita, somebody] = await Promise.all(knocks);
      assert.notEqual(rita, 101, where);
      // Whatever comes of it: it is answered.
      assert.notEqual(somebody, 0, where);
    });
    await Promise.all([...looks, live.flow(gates, 2)]);
    for (const gate of gates) assert.equal(gate.child.process.exitCode, null, `${gate.name} ended: ${where}`);
    if (isTicket) assert.ok(!(await doors.redeem(ticket, gates)).includes(101), `${where} opens`);
    if (proof !== "") assert.ok(!(await doors.prove(proof, gates)).includes(101), `${where} opens`);
  }
  for (const failure of await Promise.all(asked)) assert.equal(failure, null, `in ${kind}`);
  return planters.length;
}

/** Both gateways do all that they did before. Its tickets are not knocked with for the rest of the case: they would be most of it. */
async function worksAgain({ gates, callers }: Lab): Promise<void> {
  const [one] = gates;
  await until("a ticket is redeemed once", async () => {
    const { ticket } = await callers.ticket(one, "tom");
    const statuses = await Promise.all(gates.map((gate) => callers.knock(gate, { ticket })));
    return statuses.includes(101) && statuses.includes(403);
  });
  for (const gate of gates) {
    await until("somebody comes in", async () => (await callers.knock(gate, { user: "somebody" })) === 101);
    assert.equal(await callers.knock(gate, { user: "rita" }), 401);
    assert.equal(await callers.knock(gate, { address: FROM_AFAR }), 403);
  }
}
