import { SECOND, START } from "./calendar.ts";
import { judge, type Judgement, type Told, type ToldAt } from "./judge.ts";
import { simulate, type Simulated } from "./simulate.ts";
import type { WatchSignal } from "../../packages/sallyport/src/watch/signal.ts";

/** What is judged: the watch, or anything that is told the same. */
export interface Watching {
  take(signal: WatchSignal, now: number): void;
  turn(now: number): void;
  readonly size: number;
}

/** Makes what is judged. */
export type CreateWatching = (onFinding: (told: Told, now: number) => void) => Watching;

/** A simulation that was watched. */
export interface Watched extends Judgement {
  readonly findings: readonly ToldAt[];
  readonly signals: number;
  /** CPU time of the whole run, the simulation included. */
  readonly cpuMs: number;
  /** The most keys that were held, looked at once an hour. */
  readonly largest: number;
}

const LOOK = 3600;

/** Runs a simulation under a watch, whose clock is turned every second, and judges what it told. */
export function runWatch(simulated: Simulated, create: CreateWatching): Watched {
  const findings: ToldAt[] = [];
  const watching = create((told, at) => findings.push({ told, at }));
  let signals = 0;
  let turned = START;
  let turns = 0;
  let largest = 0;
  const before = process.cpuUsage();
  const labels = simulate(simulated, (signal, now) => {
    signals += 1;
    for (; turned + SECOND <= now; turned += SECOND) {
      watching.turn(turned + SECOND);
      turns += 1;
      if (turns % LOOK === 0) largest = Math.max(largest, watching.size);
    }
    watching.take(signal, now);
  });
  const { user, system } = process.cpuUsage(before);
  largest = Math.max(largest, watching.size);
  return { ...judge(labels, findings), findings, signals, cpuMs: (user + system) / 1000, largest };
}
