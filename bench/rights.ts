/**
 * What rights cost that end while they are in use: permission rules, tickets, a revocation and a reload among many live
 * sessions. `npm run bench:rights -- [--sessions 10000] [--rounds 3] [--write]`; `--write` puts the table into RESULTS.md.
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { RIGHTS_HEADING, withSection } from "./results-page.ts";
import { measureLive } from "./rights/live.ts";
import { measureRules } from "./rights/permission.ts";
import { measureTicket } from "./rights/ticket.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
  },
});
const [sessions, rounds] = [Number(values.sessions), Number(values.rounds)];

function row(what: string, found: string, atMost: number, value: number): string {
  return `| ${what} | ${found} | ${atMost} | ${value <= atMost ? "reached" : "**missed**"} |`;
}

const ratio = (value: number): string => value.toFixed(2);

const ticket = await measureTicket();
const rules = measureRules();
const live = await measureLive({
  sessions,
  rounds,
  onProgress: (line) => void process.stderr.write(`${line}\n`),
});
const three = rules.find(({ name }) => name === "three conditions")?.ratio ?? Number.NaN;
const others = rules.filter(({ name }) => name !== "three conditions");
const section = [
  `Written by \`npm run bench:rights -- --write\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}.`,
  "",
  "| what | found | at most |  |",
  "| --- | --: | --: | --: |",
  row("a permission rule of three conditions, beside `JSON.parse` of the same 400 B", ratio(three), 2, three),
  row("a ticket issued and redeemed, beside two ES256 verifications", ratio(ticket.ratio), 1, ticket.ratio),
  row(
    `one of ${sessions} live sessions revoked: closed after, ms`,
    live.closedAfterMs.toFixed(0),
    1000,
    live.closedAfterMs,
  ),
  row("the others' p99 meanwhile, beside before", ratio(live.revoked), 1.1, live.revoked),
  row(
    `the others' p99 from a reload until all ${sessions} are under its guards, beside before`,
    ratio(live.reloaded),
    2,
    live.reloaded,
  ),
  "",
  `Other rules, beside \`JSON.parse\`: ${others.map(({ name, ratio: cost }) => `${name} ${ratio(cost)}`).join(", ")}.`,
  "",
  `The others' p99 while nothing happens: ${live.quietMs.toFixed(2)} ms, and beside itself ${ratio(live.nothing)}: so far the two ratios can be believed.`,
  `The reload took ${live.reloadMs.toFixed(0)} ms; in its first second alone their p99 was ${ratio(live.firstSecond)} of before.`,
].join("\n");
console.log(section);
if (values.write) {
  const file = new URL("RESULTS.md", import.meta.url);
  await writeFile(file, withSection(await readFile(file, "utf8"), RIGHTS_HEADING, section));
}
