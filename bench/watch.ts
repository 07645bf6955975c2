/**
 * Simulated weeks of traffic with labelled attacks, under the watch as it comes: what it finds, and what it tells though nothing is wrong.
 * `npm run bench:watch` prints the tables; `-- --write` writes bench/WATCH.md.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { attacks } from "./watch/attacks.ts";
import { createWatch } from "./watch/create-watch.ts";
import { introduction } from "./watch/introduction.ts";
import { type Run, tablesOf } from "./watch/page.ts";
import { runWatch } from "./watch/run-watch.ts";
import { simulate, type Simulated } from "./watch/simulate.ts";

const { values } = parseArgs({
  options: {
    days: { type: "string", default: "28" },
    people: { type: "string", default: "1500" },
    /** Several may be given. */
    seed: { type: "string", multiple: true, default: ["1"] },
    /** Two days of few people. */
    quick: { type: "boolean", default: false },
    /** Normal life alone. */
    "no-attacks": { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

/** What the generator alone costs for a signal, in milliseconds: of the first two days, which are like the others. */
function aloneMsOf(simulated: Simulated): number {
  let signals = 0;
  const before = process.cpuUsage();
  simulate({ ...simulated, days: Math.min(2, simulated.days) }, () => {
    signals += 1;
  });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / signals;
}

const scale = values.quick
  ? { days: 2, people: 600 }
  : { days: Number(values.days), people: Number(values.people) };
const hasAttacks = !values["no-attacks"];
const runs: Run[] = [];
for (const seed of values.seed.map(Number)) {
  const simulated = { seed, ...scale, attacks: hasAttacks ? attacks : [] };
  // Once is enough: what the generator costs hardly differs between seeds.
  const aloneMs = runs[0]?.aloneMs ?? aloneMsOf(simulated);
  runs.push({ seed, ...scale, hasAttacks, watched: runWatch(simulated, createWatch), aloneMs });
}
const page = [introduction, tablesOf(runs)].join("\n");
console.log(page);
if (values.write) await writeFile(new URL("WATCH.md", import.meta.url), page);
