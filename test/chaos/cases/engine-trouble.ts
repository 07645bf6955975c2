import type { ChaosCase } from "../chaos-case.ts";
import type { Engine } from "../engine.ts";
import type { Network } from "../network.ts";
import { runOutage, type Outage } from "../outage.ts";
import { withLab } from "../with-lab.ts";

/** A case in which the one engine of two gateways is in trouble, and out of it again. */
export interface TroubleCase extends ChaosCase {
  /** What happens. */
  outage(engine: Engine, network: Network): Outage;
}

function troubleCase(of: Omit<TroubleCase, "run">): TroubleCase {
  return {
    ...of,
    run: (pace) => withLab(pace, ({ lab, engine }) => runOutage(lab, of.outage(engine, lab.network), pace)),
  };
}

/** Killed, and started again with what it had written down. */
export const killed: TroubleCase = troubleCase({
  id: "killed",
  title: "The engine is killed",
  done: "`kill -9`; started again with its data",
  needsNamespaces: false,
  outage: (engine) => ({
    away: [0, 1],
    servers: "another",
    hit: () => engine.kill(),
    heal: () => engine.start("with its data"),
  }),
});

/** Killed, and started again with nothing. */
export const emptied: TroubleCase = troubleCase({
  id: "emptied",
  title: "The engine comes back empty",
  done: "`kill -9`; started again without its data; a third gateway starts in between",
  needsNamespaces: false,
  outage: (engine) => ({
    away: [0, 1],
    servers: "another",
    hasNewcomer: true,
    hit: () => engine.kill(),
    heal: () => engine.start("empty"),
  }),
});

/** It stands still. */
export const paused: TroubleCase = troubleCase({
  id: "paused",
  title: "The engine stands still",
  done: "`SIGSTOP`, and `SIGCONT` after 30 s",
  needsNamespaces: false,
  outage: (engine) => ({
    away: [0, 1],
    servers: "the same",
    lastsMs: 30_000,
    hit: () => engine.pause(),
    heal: () => engine.resume(),
  }),
});

const JUNK = `local size = tonumber(ARGV[1])
for i = 1, 4000 do redis.call('SET', 'junk:' .. size .. ':' .. i, string.rep('x', size)) end`;

/** It has no room for another byte. */
export const full: TroubleCase = troubleCase({
  id: "full",
  title: "The engine is full",
  done: "filled by others up to `maxmemory`, `noeviction`; then they leave",
  needsNamespaces: false,
  outage: (engine) => ({
    away: [0, 1],
    servers: "the same",
    async hit() {
      await engine.tell("EVAL", JUNK, "0", "4096");
      const [, used = "0"] = /used_memory:(\d+)/.exec(await engine.tell("INFO", "memory")) ?? [];
      await engine.tell("CONFIG", "SET", "maxmemory", String(Number(used) - 2 ** 20));
    },
    async heal() {
      await engine.tell("CONFIG", "SET", "maxmemory", "0");
      await engine.tell("EVAL", JUNK.replace(/'SET'/, "'DEL'").replace(/, string.*$/, ") end"), "0", "4096");
    },
  }),
});

/** One gateway of two cannot reach it. */
export const cutOff: TroubleCase = troubleCase({
  id: "cut-off",
  title: "The engine is cut off from one gateway of two",
  done: "network namespaces; the cable between engine and gateway A goes down, and up again",
  needsNamespaces: true,
  outage: (_engine, network) => ({
    away: [0],
    servers: "the same",
    hit: () => network.cut(0),
    heal: () => network.mend(0),
  }),
});
