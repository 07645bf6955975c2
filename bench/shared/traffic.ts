import { setTimeout as delay } from "node:timers/promises";
import type { LoadGenerator } from "../load-generator.ts";
import type { Engine } from "../nodes/engine.ts";
import type { GatePair } from "./gate-pair.ts";

/** Who talks: each user has a connection at both gates. */
export const TALKERS = { users: 200, connections: 400 } as const;
const SIZE = 125;
/** Until the first portions of every rate are there, and the code is compiled. */
const WARM_SECONDS = 2;

/** What one round cost. */
export interface Traffic {
  readonly perSecond: number;
  /** Microseconds of CPU of both gates together, for a message and its echo. */
  readonly gates: number;
  /** Of the engine. */
  readonly engine: number;
  /** What the engine was asked, for a message. */
  readonly asked: number;
  /** What it executed for that, commands within scripts included. */
  readonly executed: number;
}

/** Begins steady traffic at both gates, until the generator's `close`. @param perSecond messages of all users together */
export async function beginTraffic(
  generator: LoadGenerator,
  { gates: [one, other] }: GatePair,
  perSecond: number,
  seconds: number,
): Promise<void> {
  const { users, connections } = TALKERS;
  const [warm, messages] = [perSecond * WARM_SECONDS, perSecond * seconds];
  await generator.open(
    `paced ${one.port} ${other.port} ${SIZE} ${connections} ${users} ${perSecond} ${warm} ${messages}`,
  );
}

/** What a pair is measured with. */
export interface Bench {
  readonly generator: LoadGenerator;
  readonly engine: Engine;
  readonly seconds: number;
}

/** One round of steady traffic. */
export async function measureTraffic(
  { generator, engine, seconds }: Bench,
  pair: GatePair,
  perSecond: number,
): Promise<Traffic> {
  await beginTraffic(generator, pair, perSecond, seconds);
  const [before, cpu] = [await engine.spent(), pair.cpuMicroseconds()];
  const { messages, seconds: took } = await generator.measure();
  const [after, used] = [await engine.spent(), pair.cpuMicroseconds() - cpu];
  await generator.close();
  return {
    perSecond: messages / took,
    gates: used / messages,
    engine: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / messages,
    asked: (after.asked - before.asked) / messages,
    executed: (after.commands - before.commands) / messages,
  };
}

/** What nodes do while nobody says anything. */
export interface Rest {
  /** What the engine is asked, a second. */
  readonly asked: number;
  /** Microseconds of CPU of both gates, a second. */
  readonly memory: number;
  readonly redis: number;
}

/** A time in which nobody says anything. */
export async function measureRest(
  { engine, seconds }: Bench,
  { memory, redis }: { readonly memory: GatePair; readonly redis: GatePair },
): Promise<Rest> {
  const cpu = (): readonly [number, number] => [memory.cpuMicroseconds(), redis.cpuMicroseconds()];
  const [before, [plain, shared], begun] = [await engine.spent(), cpu(), performance.now()];
  await delay(seconds * 1000);
  const [after, [plainAfter, sharedAfter]] = [await engine.spent(), cpu()];
  const took = (performance.now() - begun) / 1000;
  return {
    asked: (after.asked - before.asked) / took,
    memory: (plainAfter - plain) / took,
    redis: (sharedAfter - shared) / took,
  };
}
