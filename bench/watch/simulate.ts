import type { WatchSignal } from "../../packages/sallyport/src/watch/signal.ts";
import type { AttackKind } from "./attack.ts";
import { startBots } from "./background/bots.ts";
import { startMistakes } from "./background/mistakes.ts";
import { startOperations } from "./background/operations.ts";
import { startStrangers } from "./background/strangers.ts";
import { DAY, START } from "./calendar.ts";
import type { Label } from "./label.ts";
import { Places, populate } from "./people.ts";
import { schedule } from "./schedule.ts";
import { World } from "./world.ts";

/** What is simulated. */
export interface Simulated {
  readonly seed: number;
  readonly days: number;
  /** Who use the service as it is meant; besides, attacks and bots. */
  readonly people: number;
  readonly attacks: readonly AttackKind[];
}

/**
 * Runs a simulation, telling every signal in the order of time as the gate would. Nothing is kept of what was told.
 * Nobody reacts to what is found: who would be banned goes on. @returns the labels of what was done
 */
export function simulate(
  { seed, days, people, attacks }: Simulated,
  take: (signal: WatchSignal, now: number) => void,
): readonly Label[] {
  const world = new World(seed, take);
  const places = new Places(world.random.fork("places"));
  startOperations(world, places, { days, people });
  startBots(world);
  startStrangers(world, places, days);
  startMistakes(world, places);
  populate(world, places, people);
  for (const { attack, dose, label } of schedule(attacks, world.random.fork("schedule"), days)) {
    world.labels.push(label);
    const random = world.random.fork(`${label.kind} ${label.from} ${dose.count}`);
    attack.stage({ world, places, random, label, dose });
  }
  world.agenda.run(START + days * DAY);
  return world.labels;
}
