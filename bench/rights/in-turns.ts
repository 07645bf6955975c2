import process from "node:process";
import { median } from "../report.ts";

/** How often two things are compared. */
export interface Turns {
  readonly rounds: number;
  /** Calls of each in one round. */
  readonly calls: number;
}

/** What the first cost: beside the second, and by itself. Medians over the rounds. */
export interface Compared {
  readonly ratio: number;
  readonly microseconds: number;
}

/** CPU microseconds, user and system, of `calls` calls since `before`. */
function perCall(before: NodeJS.CpuUsage, calls: number): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function costOf(call: () => unknown, calls: number): number {
  const before = process.cpuUsage();
  for (let index = 0; index < calls; index++) call();
  return perCall(before, calls);
}

async function costOfLater(call: () => Promise<void>, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < calls; index++) await call();
  return perCall(before, calls);
}

function compare(pairs: readonly (readonly [number, number])[]): Compared {
  return {
    ratio: median(pairs.map(([one, other]) => one / other)),
    microseconds: median(pairs.map(([one]) => one)),
  };
}

/** Compares the CPU time of two calls, in turns, in this process. The first round of each only warms. */
export function inTurns({ rounds, calls }: Turns, one: () => unknown, other: () => unknown): Compared {
  costOf(one, calls);
  costOf(other, calls);
  return compare(Array.from({ length: rounds }, () => [costOf(one, calls), costOf(other, calls)] as const));
}

/** The same of calls that are awaited; with the threads that they keep busy. */
export async function inTurnsLater(
  { rounds, calls }: Turns,
  one: () => Promise<void>,
  other: () => Promise<void>,
): Promise<Compared> {
  await costOfLater(one, calls);
  await costOfLater(other, calls);
  const pairs: (readonly [number, number])[] = [];
  for (let round = 0; round < rounds; round++)
    pairs.push([await costOfLater(one, calls), await costOfLater(other, calls)]);
  return compare(pairs);
}
