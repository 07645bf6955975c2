import type { Label, Loudness } from "./label.ts";
import type { Places } from "./people.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** How much of something in how long. */
export interface Dose {
  readonly loudness: Loudness;
  readonly mustFind: boolean;
  readonly count: number;
  readonly lastsMs: number;
}

/** What an attack is given. `label` is filled with those whom it is about; it is on the agenda from the beginning of the run. */
export interface Staging {
  readonly world: World;
  readonly places: Places;
  readonly random: Random;
  readonly label: Label;
  readonly dose: Dose;
}

/** One kind of attack. */
export interface AttackKind {
  readonly kind: string;
  readonly detectors: readonly string[];
  /** What `count` of a dose counts. */
  readonly unit: string;
  readonly doses: readonly Dose[];
  /** Whole days that must have passed: some can only be told beside a past. */
  readonly pastDays: number;
  /** Begins at this hour of a working day; any time when absent. */
  readonly hour?: number;
  /** Begins on this day of the week; 0: Monday. */
  readonly weekday?: number;
  /** How often in a run, whatever its length; by default once a week. */
  readonly times?: number;
  /** Puts what happens on the agenda, from `label.from` on. Called before the run begins. */
  stage(staging: Staging): void;
}

/** What must be found, loud, middling and hardly audible; of the last nobody is blamed for missing it. */
export function doses(
  blatant: readonly [count: number, lastsMs: number],
  moderate: readonly [number, number],
  stealthy: readonly [number, number],
): readonly Dose[] {
  return (
    [
      ["blatant", true, blatant],
      ["moderate", true, moderate],
      ["stealthy", false, stealthy],
    ] as const
  ).map(([loudness, mustFind, [count, lastsMs]]) => ({ loudness, mustFind, count, lastsMs }));
}

/** Nobody is blamed for missing any but the blatant, where `blatant` says so. */
export function unblamed(of: readonly Dose[], { blatant }: { readonly blatant: boolean }): readonly Dose[] {
  return of.map((dose) => ({ ...dose, mustFind: blatant && dose.loudness === "blatant" }));
}

/** The same in the same time, twice as much each: of the table's lowest that is found. */
export function ladder(first: number, lastsMs: number, rungs: number): readonly Dose[] {
  return Array.from({ length: rungs }, (_, rung) => ({
    loudness: "rung",
    mustFind: false,
    count: first * 2 ** rung,
    lastsMs,
  }));
}
