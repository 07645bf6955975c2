import { cpus, release } from "node:os";
import type { HostileCounts } from "./hostile-client.ts";
import type { SteadyCounts } from "./steady-client.ts";

/** One look at the gateway. */
export interface Sample {
  /** Since the start, in seconds. */
  readonly atSeconds: number;
  readonly residentBytes: number;
  readonly openSessions: number;
}

/** What a soak found. */
export interface SoakFindings {
  readonly minutes: number;
  readonly connections: number;
  readonly samples: readonly Sample[];
  readonly steady: SteadyCounts;
  readonly hostile: HostileCounts;
  /** Sessions that the gateway still had when every client was gone. */
  readonly sessionsLeft: number;
  readonly errors: readonly string[];
  readonly exitCode: number | null;
}

const MIB = 1024 * 1024;
/** From this part of the run on memory should not grow: before it, pools and compiled code do. */
const WARM_AFTER = 0.3;

/** How memory grew once it was warm: the slope of the line through the samples, MiB a minute. */
export function slopeMibPerMinute(samples: readonly Sample[]): number {
  const last = samples.at(-1)?.atSeconds ?? 0;
  const warm = samples.filter(({ atSeconds }) => atSeconds >= last * WARM_AFTER);
  const mean = (of: (sample: Sample) => number): number =>
    warm.reduce((sum, sample) => sum + of(sample), 0) / warm.length;
  const minutes = mean(({ atSeconds }) => atSeconds / 60);
  const mib = mean(({ residentBytes }) => residentBytes / MIB);
  const spread = mean(({ atSeconds }) => (atSeconds / 60 - minutes) ** 2);
  const together = mean(
    ({ atSeconds, residentBytes }) => (atSeconds / 60 - minutes) * (residentBytes / MIB - mib),
  );
  return together / spread;
}

/** What is wrong with the outcome; empty when the gate held. */
export function soakFaults({
  steady,
  hostile,
  sessionsLeft,
  errors,
  exitCode,
}: SoakFindings): readonly string[] {
  const counts: Readonly<Record<string, number>> = {
    "messages lost": steady.lost,
    "messages reordered or changed": steady.reordered,
    "steady connections broken": steady.broken,
    "attacks with a surprising end": [...hostile.values()].reduce((sum, each) => sum + each.surprising, 0),
    "sessions left": sessionsLeft,
    "errors logged": errors.length,
  };
  const faults = Object.entries(counts).flatMap(([name, count]) =>
    count === 0 ? [] : [`${name}: ${count}`],
  );
  return exitCode === 0 ? faults : [...faults, `exit code: ${exitCode}`];
}

/** The findings as a Markdown page. */
export function renderSoak(findings: SoakFindings): string {
  const { minutes, connections, samples, steady, hostile, sessionsLeft, errors } = findings;
  const [first, last] = [samples[0], samples.at(-1)];
  const peak = Math.max(...samples.map(({ residentBytes }) => residentBytes));
  const rows: readonly (readonly [string, string])[] = [
    ["resident memory at the first look, idle", mib(first?.residentBytes ?? 0)],
    ["at the last look, under load", mib(last?.residentBytes ?? 0)],
    ["at most", mib(peak)],
    ["slope once warm", `${slopeMibPerMinute(samples).toFixed(2)} MiB a minute`],
    ["steady connections opened", String(steady.opened)],
    ["messages sent", String(steady.sent)],
    ["messages back", String(steady.returned)],
    ["messages lost", String(steady.lost)],
    ["messages reordered, doubled or changed", String(steady.reordered)],
    ["steady connections broken", String(steady.broken)],
    ["attacks", String([...hostile.values()].reduce((sum, { tried }) => sum + tried, 0))],
    ["sessions left when every client was gone", String(sessionsLeft)],
    ["errors that the gateway logged, unhandled ones among them", String(errors.length)],
  ];
  return `# Soak

Written by \`npm run soak -- --minutes ${minutes} --write\`. ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, Linux ${release()}, ${cpus().length} cores, which clients, gateway and application shared.

${connections} clients at a time on loopback, through the gateway to a \`ws\` server that echoes, each in a process of its own. Four of five send numbered messages of up to 4 KiB, check that each comes back once, in order and unchanged, close, and come back. One of five attacks, again and again.

${table(["", ""], rows)}
## Attacks

Surprising is an attack that ended in another way than it should: another status, another close code. Late is one that did not end within its twenty seconds, as happens where clients, gateway and application have less than a core each.

${table(
  ["attack", "tried", "late", "surprising"],
  [...hostile].map(([name, { tried, late, surprising }]) => [
    name,
    String(tried),
    String(late),
    String(surprising),
  ]),
)}
## Over time

${table(
  ["second", "resident memory", "open sessions"],
  samples.map(({ atSeconds, residentBytes, openSessions }) => [
    atSeconds.toFixed(0),
    mib(residentBytes),
    String(openSessions),
  ]),
)}`;
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
