import type { AttackKind, Dose } from "./attack.ts";
import { DAY, HOUR, isWeekend, momentOf, START } from "./calendar.ts";
import { createLabel, type Label } from "./label.ts";
import type { Random } from "./random.ts";

/** An attack with its time. */
export interface Scheduled {
  readonly attack: AttackKind;
  readonly dose: Dose;
  readonly label: Label;
}

/** The moment at which one may begin, or `null` where a run is too short for it. */
function beginning(
  { pastDays, hour, weekday }: AttackKind,
  { lastsMs }: Dose,
  { random, days }: { readonly random: Random; readonly days: number },
): number | null {
  const last = START + days * DAY - lastsMs - HOUR / 2;
  if (hour === undefined) {
    const first = START + pastDays * DAY;
    return first > last ? null : Math.floor(random.between(first, last));
  }
  const possible: number[] = [];
  for (let day = Math.ceil(pastDays); momentOf(day, hour) <= last; day += 1)
    if (weekday === undefined ? !isWeekend(momentOf(day, hour)) : day % 7 === weekday)
      possible.push(momentOf(day, hour));
  return possible.length === 0 ? null : random.pick(possible);
}

/** When which attack happens: each dose once a week, or as often as its kind says, at random moments. */
export function schedule(attacks: readonly AttackKind[], random: Random, days: number): readonly Scheduled[] {
  const scheduled: Scheduled[] = [];
  for (const attack of attacks) {
    const { kind, detectors, unit, times = Math.max(1, Math.floor(days / 7)) } = attack;
    for (const dose of attack.doses)
      for (let time = 0; time < times; time += 1) {
        const draw = random.fork(`${kind} ${dose.loudness} ${dose.count} ${dose.lastsMs} ${time}`);
        const from = beginning(attack, dose, { random: draw, days });
        if (from === null) continue;
        const { loudness, mustFind, count, lastsMs } = dose;
        const label = createLabel({
          kind,
          loudness,
          detectors,
          mustFind,
          intensity: count,
          unit,
          from,
          until: from + lastsMs,
        });
        scheduled.push({ attack, dose, label });
      }
  }
  return scheduled;
}
