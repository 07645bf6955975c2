import type { ChaosCase, ChaosPace, ChaosRow } from "../chaos-case.ts";
import { startEngine, type Engine } from "../engine.ts";
import { redisAt, startLab } from "../lab.ts";
import { createNamespaces } from "../network.ts";
import { runOutage, type Outage } from "../outage.ts";
import { Undo } from "../undo.ts";
import { withLab } from "../with-lab.ts";

type Trouble = (engine: Engine) => Pick<Outage, "hit" | "heal" | "keepsData">;

/** A case of two gateways on loopback that lose their one engine. */
function troubleWith(trouble: Trouble): (pace: ChaosPace) => Promise<ChaosRow> {
  return (pace) =>
    withLab(pace, ({ lab, engine }) => runOutage(lab, { away: [0, 1], ...trouble(engine) }, pace));
}

/** Killed, and started again with what it had written down. */
export const killed: ChaosCase = {
  id: "killed",
  title: "The engine is killed",
  done: "`kill -9`; started again with its data",
  needsNamespaces: false,
  run: troubleWith((engine) => ({
    keepsData: true,
    hit: () => engine.kill(),
    heal: () => engine.start("with its data"),
  })),
};

/** Killed, and started again with nothing. */
export const emptied: ChaosCase = {
  id: "emptied",
  title: "The engine comes back empty",
  done: "`kill -9`; started again without its data",
  needsNamespaces: false,
  run: troubleWith((engine) => ({
    keepsData: false,
    hit: () => engine.kill(),
    heal: () => engine.start("empty"),
  })),
};

/** It stands still. */
export const paused: ChaosCase = {
  id: "paused",
  title: "The engine stands still",
  done: "`SIGSTOP`, and `SIGCONT` after 30 s",
  needsNamespaces: false,
  run: troubleWith((engine) => ({
    keepsData: true,
    hit: () => engine.pause(),
    heal: () => engine.resume(),
  })),
};

const JUNK = `local size = tonumber(ARGV[1])
for i = 1, 4000 do redis.call('SET', 'junk:' .. size .. ':' .. i, string.rep('x', size)) end`;

/** It has no room for another byte. */
export const full: ChaosCase = {
  id: "full",
  title: "The engine is full",
  done: "filled by others up to `maxmemory`, `noeviction`; then they leave",
  needsNamespaces: false,
  run: troubleWith((engine) => ({
    keepsData: true,
    async hit() {
      await engine.tell("EVAL", JUNK, "0", "4096");
      const [, used = "0"] = /used_memory:(\d+)/.exec(await engine.tell("INFO", "memory")) ?? [];
      await engine.tell("CONFIG", "SET", "maxmemory", String(Number(used) - 2 ** 20));
    },
    async heal() {
      await engine.tell("CONFIG", "SET", "maxmemory", "0");
      await engine.tell("EVAL", JUNK.replace(/'SET'/, "'DEL'").replace(/, string.*$/, ") end"), "0", "4096");
    },
  })),
};

/** One gateway of two cannot reach it. */
export const cutOff: ChaosCase = {
  id: "cut-off",
  title: "The engine is cut off from one gateway of two",
  done: "network namespaces; the cable between engine and gateway A goes down, and up again",
  needsNamespaces: true,
  async run(pace) {
    const undo = new Undo();
    try {
      const network = await createNamespaces(undo);
      const engine = await startEngine({ network, undo });
      const state = redisAt(network, engine.port);
      const lab = await startLab({ network, undo, state, outageAfter: pace.outageAfter });
      const cut = { hit: () => network.cut(0), heal: () => network.mend(0) };
      return await runOutage(lab, { away: [0], keepsData: true, ...cut }, pace);
    } finally {
      await undo.all();
    }
  },
};
