import { shareWithInterval } from "../detection/wilson.ts";
import { dayOf, MINUTE, SECOND } from "./calendar.ts";
import type { Outcome, ToldAt } from "./judge.ts";
import type { Watched } from "./run-watch.ts";

/** One run of the table. */
export interface Run {
  readonly seed: number;
  readonly days: number;
  readonly people: number;
  /** Whether attacks were mixed in. */
  readonly hasAttacks: boolean;
  readonly watched: Watched;
  /** CPU time of the generator for a signal. */
  readonly aloneMs: number;
}

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;

function said(ms: number): string {
  if (ms < 2 * MINUTE) return `${Math.round(ms / SECOND)} s`;
  return ms < 2 * 60 * MINUTE ? `${Math.round(ms / MINUTE)} min` : `${(ms / 60 / MINUTE).toFixed(1)} h`;
}

function median(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return middle === undefined ? "-" : said(middle);
}

const isFound = ({ foundAfter }: Outcome): boolean => foundAfter !== null;
const delays = (outcomes: readonly Outcome[]): readonly number[] =>
  outcomes.flatMap(({ foundAfter }) => (foundAfter === null ? [] : [foundAfter]));
const isCounted = ({ label }: Outcome): boolean => !label.grey && label.loudness !== "rung";

function perDetector(outcomes: readonly Outcome[]): string[] {
  const detectors = [...new Set(outcomes.flatMap(({ label }) => label.detectors))].toSorted();
  return [
    row(
      "detector",
      "found of those that must be found",
      "recall",
      "found of the others",
      "median time to the first finding",
    ),
    row("---", "--:", "--:", "--:", "--:"),
    ...detectors.map((detector) => {
      const own = outcomes.filter(({ label }) => label.detectors.includes(detector));
      const must = own.filter(({ label }) => label.mustFind);
      const others = own.filter(({ label }) => !label.mustFind);
      const found = must.filter(isFound);
      return row(
        `\`${detector}\``,
        `${found.length} of ${must.length}`,
        shareWithInterval(found.length, must.length),
        `${others.filter(isFound).length} of ${others.length}`,
        median(delays(found)),
      );
    }),
  ];
}

function perKind(outcomes: readonly Outcome[]): string[] {
  const kinds = Map.groupBy(
    outcomes,
    ({ label: { kind, loudness, intensity, unit, until, from, mustFind } }) =>
      row(kind, loudness, `${intensity} ${unit} in ${said(until - from)}`, mustFind ? "yes" : "no"),
  );
  return [
    row("kind", "loudness", "how much", "must be found", "found", "median time to the first finding"),
    row("---", "---", "---", "---", "--:", "--:"),
    ...[...kinds].map(
      ([begins, of]) => `${begins} ${of.filter(isFound).length} of ${of.length} | ${median(delays(of))} |`,
    ),
  ];
}

function perLadder(outcomes: readonly Outcome[]): string[] {
  const ladders = Map.groupBy(
    outcomes.filter(({ label }) => label.loudness === "rung"),
    ({ label: { kind } }) => kind,
  );
  return [
    row("ladder", "rungs, each twice the one before", "found at"),
    row("---", "---", "---"),
    ...[...ladders].map(([kind, of]) => {
      const { intensity = 0, unit = "", from = 0, until = 0 } = of[0]?.label ?? {};
      const found = [...new Set(of.filter(isFound).map(({ label }) => label.intensity))].toSorted(
        (left, right) => left - right,
      );
      const last = Math.max(...of.map(({ label }) => label.intensity));
      return row(
        kind.replace("ladder: ", ""),
        `${intensity} to ${last} ${unit} in ${said(until - from)}`,
        found.join(", ") || "none",
      );
    }),
  ];
}

/** A finding as a line of a list. */
export function describeFinding({ told, at }: ToldAt): string {
  const time = new Date(at).toISOString().slice(11, 16);
  return `day ${dayOf(at)} ${time}, \`${told.detector}\`: ${told.sentence.replaceAll("|", "/")}`;
}

function perRun(runs: readonly Run[]): string[] {
  return [
    row(
      "seed",
      "days",
      "people",
      "attacks",
      "signals",
      "right",
      "grey",
      "false",
      "false a day",
      "CPU a signal",
      "most keys",
    ),
    row("--:", "--:", "--:", "---", "--:", "--:", "--:", "--:", "--:", "--:", "--:"),
    ...runs.map(({ seed, days, people, hasAttacks, watched, aloneMs }) => {
      const { signals, right, grey, wrong, cpuMs, largest } = watched;
      const perSignal = `${((cpuMs / signals - aloneMs) * 1000).toFixed(1)} µs`;
      return row(
        seed,
        days,
        people,
        hasAttacks ? "yes" : "none",
        signals,
        right,
        grey.length,
        wrong.length,
        (wrong.length / days).toFixed(2),
        perSignal,
        largest,
      );
    }),
  ];
}

/** A bound of such an interval. */
function bound(of: number, sign: 1 | -1): number {
  return of === 0 ? 0 : of * (1 - 1 / (9 * of) + (sign * 1.96) / (3 * Math.sqrt(of))) ** 3;
}

/** 95 % of an interval for a count of rare events (Wilson and Hilferty 1931), as `from to`. */
function countInterval(count: number, per: number): string {
  return `${(bound(count, -1) / per).toFixed(2)} to ${(bound(count + 1, 1) / per).toFixed(2)}`;
}

/** Of all runs: which detectors told wrongly, how often in a day. */
function perDetectorFalse(runs: readonly Run[]): string[] {
  const days = runs.reduce((sum, run) => sum + run.days, 0);
  const wrong = runs.flatMap(({ watched }) => watched.wrong);
  const line = (name: string, count: number): string =>
    row(name, count, (count / days).toFixed(2), countInterval(count, days));
  const by = [...Map.groupBy(wrong, ({ told }) => told.detector)].toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return [
    row("detector", "false", "a day", "95 %"),
    row("---", "--:", "--:", "---"),
    ...by.map(([detector, of]) => line(`\`${detector}\``, of.length)),
    line("all", wrong.length),
  ];
}

/** The lists of what was told wrongly, and of what must be found and was not. */
function lists(runs: readonly Run[]): string[] {
  return runs.flatMap(({ seed, hasAttacks, watched: { wrong, outcomes } }) => {
    const missed = outcomes.filter((outcome) => outcome.label.mustFind && !isFound(outcome));
    return [
      `### Seed ${seed}${hasAttacks ? "" : ", no attacks"}`,
      "",
      `False alerts: ${wrong.length === 0 ? "none." : ""}`,
      ...wrong.map((finding) => `- ${describeFinding(finding)}`),
      "",
      `Missed though they must be found: ${missed.length === 0 ? "none." : ""}`,
      ...missed.map(
        (outcome) => `- day ${dayOf(outcome.label.from)}: ${outcome.label.kind}, ${outcome.label.loudness}`,
      ),
      "",
    ];
  });
}

/** The tables of all runs. */
export function tablesOf(runs: readonly Run[]): string {
  const outcomes = runs.flatMap(({ watched }) => watched.outcomes);
  const counted = outcomes.filter(isCounted);
  return [
    "## Runs",
    "",
    ...perRun(runs),
    "",
    "## Recall per detector",
    "",
    ...perDetector(counted),
    "",
    "## False alerts per detector",
    "",
    ...perDetectorFalse(runs),
    "",
    "## Kinds of attack",
    "",
    ...perKind(counted),
    "",
    "## Just below what is found",
    "",
    ...perLadder(outcomes),
    "",
    "## What was told wrongly or missed",
    "",
    ...lists(runs),
  ].join("\n");
}
