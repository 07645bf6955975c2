import { describe, expect, it, vi } from "vitest";
import type { AttackKind, Dose } from "../bench/watch/attack.ts";
import { attacks } from "../bench/watch/attacks.ts";
import { scanHiddenIn } from "../bench/watch/attacks/handshakes.ts";
import { learningAttack } from "../bench/watch/attacks/insiders.ts";
import { DAY, dayOf, MINUTE } from "../bench/watch/calendar.ts";
import { createWatch } from "../bench/watch/create-watch.ts";
import type { Outcome } from "../bench/watch/judge.ts";
import { describeFinding } from "../bench/watch/page.ts";
import { runWatch, type Watched } from "../bench/watch/run-watch.ts";

// Some seconds each on a machine that has nothing else to do.
vi.setConfig({ testTimeout: 120_000 });

/** A few people, and attacks of this file alone: seconds. */
function watched(of: readonly AttackKind[], days = 1, people = 60): Watched {
  return runWatch({ seed: 3, days, people, attacks: of }, createWatch);
}

/** Some of its doses, each once. */
function only(attack: AttackKind, keep: (dose: Dose) => boolean): AttackKind {
  return { ...attack, times: 1, doses: attack.doses.filter(keep) };
}

function kind(name: string, keep: (dose: Dose) => boolean = () => true): AttackKind {
  const found = attacks.find((attack) => attack.kind === name);
  if (found === undefined) throw new Error(`no attack is called ${name}`);
  return only(found, keep);
}

const isBlatant = ({ loudness }: Dose): boolean => loudness === "blatant";
const isFound = ({ foundAfter }: Outcome): boolean => foundAfter !== null;
/** Kinds of attack, and whether they were found. */
const told = ({ outcomes }: Watched): Record<string, boolean> =>
  Object.fromEntries(
    outcomes.filter(({ label }) => !label.grey).map((outcome) => [outcome.label.kind, isFound(outcome)]),
  );
/** The lowest intensity of each ladder from which on all are found; `null` where the highest is not. */
function rungs({ outcomes }: Watched): Record<string, number | null> {
  const ladders = Map.groupBy(
    outcomes.filter(({ label }) => label.loudness === "rung"),
    ({ label }) => label.kind,
  );
  return Object.fromEntries(
    [...ladders].map(([name, of]) => {
      const falling = of.toSorted((left, right) => right.label.intensity - left.label.intensity);
      const missed = falling.findIndex((outcome) => !isFound(outcome));
      const found = missed === -1 ? falling : falling.slice(0, missed);
      return [name, found.at(-1)?.label.intensity ?? null];
    }),
  );
}

/** The rung from which each ladder is found, at the latest; its time and unit stand with the ladder. */
const MOST_UNFOUND: Readonly<Record<string, number>> = {
  "ladder: scan from one address": 128,
  "ladder: stuffing from one address": 128,
  "ladder: foreign origins": 16,
  "ladder: ticket replay": 16,
  "ladder: message flood in chat": 960,
  "ladder: large messages in chat": 64_000,
  "ladder: schema fuzzing": 128,
  "ladder: unknown names": 8,
};

describe("two simulated days of few people", () => {
  it("have every blatant attack found, and nothing told that is not one but on the first day", () => {
    const blatant = attacks
      .filter(({ pastDays, kind: name }) => pastDays <= 1 && name !== "a scan hidden in a flood")
      .map((attack) => only(attack, (dose) => isBlatant(dose) && dose.mustFind));
    const run = watched(blatant, 2, 100);
    expect(run.outcomes.filter(({ label }) => !label.grey).length).toBeGreaterThan(20);
    expect(
      run.outcomes
        .filter((outcome) => !outcome.label.grey && !isFound(outcome))
        .map(({ label }) => label.kind),
    ).toEqual([]);
    const [first = [], later = []] = [0, 1].map((day) => run.wrong.filter(({ at }) => dayOf(at) === day));
    expect(later.map(describeFinding)).toEqual([]);
    // A hundred people have taught three routes little by then.
    expect(first.map(({ told: { detector } }) => detector)).toEqual(["newName", "newName"]);
  });
});

describe("an attacker who", () => {
  it("rotates addresses is found: a /64 is one, a /48 and a /24 are subnets, and what comes from everywhere shows on the route", () => {
    const run = watched([
      kind("scan within an IPv6 /64", isBlatant),
      kind("scan across /64s of a /48", isBlatant),
      kind("scan from a /24", isBlatant),
      kind("scan, never twice from one address", isBlatant),
      kind("stuffing by a botnet, many users", isBlatant),
      kind("stuffing by a botnet, one user", isBlatant),
    ]);
    expect(Object.values(told(run))).toEqual(Array.from({ length: 6 }, () => true));
    // Not one alert for each address.
    expect(run.findings.length).toBeLessThan(30);
  });

  it("stays under what a detector counts is not found, and is found from there on", () => {
    const ladders = attacks.filter(({ kind: name, pastDays }) => name in MOST_UNFOUND && pastDays <= 1);
    const found = rungs(watched(ladders, 2));
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(MOST_UNFOUND).toSorted());
    // The lowest rung is honest people's; from some rung on all are found, at the latest from the one that is named.
    const late = Object.entries(found).filter(
      ([name, from]) => from === null || from > (MOST_UNFOUND[name] ?? 0),
    );
    const early = ladders.filter(({ kind: name, doses: [first] }) => first?.count === found[name]);
    expect({ late, early: early.map(({ kind: name }) => name) }).toEqual({ late: [], early: [] });
  });

  it("poisons the baseline while it is learnt, with more machines than people, is found when one of them floods", () => {
    expect(told(watched([learningAttack]))).toEqual({ [learningAttack.kind]: true });
  });

  it("poisons the baseline slowly, a third more each day, is found", () => {
    const slowly = kind("poisoning after learning");
    const doses = [{ loudness: "moderate", mustFind: true, count: 20, lastsMs: 5 * DAY }] as const;
    expect(told(watched([{ ...slowly, pastDays: 1, doses }], 7, 150))).toEqual({ [slowly.kind]: true });
  });

  it("floods with events to blind the watch hides no other attack, and fills no channel", () => {
    const run = watched([scanHiddenIn(60_000)]);
    expect(told(run)).toEqual({ "a scan hidden in a flood": true, "a flood from a million addresses": true });
    expect(run.findings.length).toBeLessThan(20);
  });

  it("forges X-Forwarded-For is found by the address that the gate saw, and nobody else is named", () => {
    const run = watched([kind("forged X-Forwarded-For", isBlatant)], 2);
    expect(told(run)).toEqual({ "forged X-Forwarded-For": true });
    const outcome = run.outcomes.find(({ label }) => !label.grey);
    const [attacker = ""] = outcome?.label.addresses ?? [];
    const within = run.findings.filter(
      ({ at }) => outcome !== undefined && at >= outcome.label.from && at < outcome.label.until + 10 * MINUTE,
    );
    expect(within.length).toBeGreaterThan(0);
    expect(within.filter(({ told: { subject } }) => !subject.value.startsWith(attacker))).toEqual([]);
  });
});
