import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";

/** How much a guard refused in each while. */
export interface GuardCounts {
  readonly guard: string;
  readonly counts: readonly number[];
}

/** What was refused over time, by guard. */
export interface Timeline {
  /** The ends of the whiles, seconds since the epoch, ascending. */
  readonly times: readonly number[];
  /** Those that refused the most first; `others` for the rest. */
  readonly guards: readonly GuardCounts[];
}

/** Guards that have a colour of their own. */
const APART = 5;

/** Adds up what guards refused in each while of so many seconds. */
export function timelineOf(samples: readonly GateSample[], whileSeconds: number): Timeline {
  const whileOf = (at: number): number => Math.ceil(at / 1000 / whileSeconds) * whileSeconds;
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return { times: [], guards: [] };
  const times: number[] = [];
  for (let time = whileOf(first.at); time <= whileOf(last.at); time += whileSeconds) times.push(time);
  const counts = new Map<string, number[]>();
  for (const { at, seconds, refusals } of samples) {
    const place = (whileOf(at) - (times[0] ?? 0)) / whileSeconds;
    for (const [guard, rate] of Object.entries(refusals)) {
      const row = counts.get(guard) ?? times.map(() => 0);
      row[place] = (row[place] ?? 0) + rate * seconds;
      counts.set(guard, row);
    }
  }
  return { times, guards: gathered(counts) };
}

function sum(row: readonly number[]): number {
  return row.reduce((total, count) => total + count, 0);
}

function gathered(counts: ReadonlyMap<string, readonly number[]>): readonly GuardCounts[] {
  const rows = [...counts]
    .map(([guard, row]) => ({ guard, counts: row, total: sum(row) }))
    .filter(({ total }) => total > 0)
    .sort((one, other) => other.total - one.total);
  const others = rows.slice(APART);
  const apart = rows.slice(0, APART).map(({ guard, counts: row }) => ({ guard, counts: row }));
  if (others.length === 0) return apart;
  const added = (others[0]?.counts ?? []).map((_, place) =>
    others.reduce((total, { counts: row }) => total + (row[place] ?? 0), 0),
  );
  return [...apart, { guard: "others", counts: added }];
}

/** One upon the other: the first holds the sum of all, and is drawn first. */
export function stacked(guards: readonly GuardCounts[]): readonly GuardCounts[] {
  return guards.map(({ guard }, index) => ({
    guard,
    counts: (guards[0]?.counts ?? []).map((_, place) =>
      guards.slice(index).reduce((total, { counts }) => total + (counts[place] ?? 0), 0),
    ),
  }));
}
