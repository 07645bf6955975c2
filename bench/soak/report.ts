import { cpus } from "node:os";
import type { HostileCounts } from "./hostile-client.ts";
import type { HeldMemory } from "./memory-probe.ts";
import type { SteadyCounts } from "./steady-client.ts";
import { kernel } from "../../scripts/kernel.ts";

/** One look at the gateway. */
export interface Sample {
  /** Since the start, in seconds. */
  readonly atSeconds: number;
  readonly residentBytes: number;
  readonly held: HeldMemory;
  readonly openSessions: number;
}

/** What a soak found. */
export interface SoakFindings {
  readonly minutes: number;
  readonly connections: number;
  readonly samples: readonly Sample[];
  /** How long an echo took, milliseconds: the median, the 99th percentile, the longest. */
  readonly echoMs: readonly [number, number, number];
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
/** The last part of the run is compared with the warm part before it. */
const LAST_FROM = 0.65;
/** Memory is flat when the mean of the last part is at most this much above that of the part before, per cent. */
const [MOST_LIVE_GROWTH, MOST_RESIDENT_GROWTH] = [5, 10];

const resident = ({ residentBytes }: Sample): number => residentBytes;
const live = ({ held }: Sample): number => held.heapUsed + held.external;

/** By how much memory grew from the warm part of the run to the last, in per cent. */
export function growth(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const last = samples.at(-1)?.atSeconds ?? 0;
  const mean = (from: number, to: number): number => {
    const part = samples.filter(({ atSeconds }) => atSeconds >= last * from && atSeconds < last * to);
    return part.reduce((sum, sample) => sum + of(sample), 0) / part.length;
  };
  return 100 * (mean(LAST_FROM, 2) / mean(WARM_AFTER, LAST_FROM) - 1);
}

/** Nothing where it stays below the limit; where too few looks say nothing, neither. */
function excess(found: number, limit: number): number {
  return found > limit ? Number(found.toFixed(1)) : 0;
}

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
  samples,
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
    "attacks that did not end in time": [...hostile.values()].reduce((sum, each) => sum + each.late, 0),
    "per cent that live memory grew": excess(growth(samples, live), MOST_LIVE_GROWTH),
    "per cent that resident memory grew": excess(growth(samples, resident), MOST_RESIDENT_GROWTH),
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
  const { minutes, connections, samples, echoMs, steady, hostile, sessionsLeft, errors } = findings;
  const [first, last] = [samples[0], samples.at(-1)];
  const peak = Math.max(...samples.map(({ residentBytes }) => residentBytes));
  const rows: readonly (readonly [string, string])[] = [
    ["resident memory at the first look, idle", mib(first?.residentBytes ?? 0)],
    ["at the last look, under load", mib(last?.residentBytes ?? 0)],
    ["at most", mib(peak)],
    ["slope once warm", `${slopeMibPerMinute(samples).toFixed(2)} MiB a minute`],
    ["growth from the warm part to the last: resident", `${growth(samples, resident).toFixed(1)} %`],
    ["live objects and what they hold outside the heap", `${growth(samples, live).toFixed(1)} %`],
    [
      "one more client needed to connect and get an echo: median, 99th percentile, longest",
      echoMs.map((ms) => `${ms.toFixed(0)} ms`).join(", "),
    ],
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

Written by \`npm run soak -- --minutes ${minutes} --write\`. ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${kernel}, ${cpus().length} cores, which clients, gateway and application shared.

${connections} clients at a time on loopback, through the gateway to a \`ws\` server that echoes, each in a process of its own. The gateway is asked for a collection at each look, after its resident memory was read. Four of five send numbered messages of up to 4 KiB, check that each comes back once, in order and unchanged, close, and come back. One of five attacks, again and again.

${table(["", ""], rows)}
## Attacks

Surprising is an attack that ended in another way than it should: another status, another close code. Late is one that did not end within twenty seconds of its upgrade. The seconds are counted without those that the machine had no time for: where one more client takes longer than 250 ms to connect and to get an echo, the rest is not counted. A stopped reader's begin when it reads on, thirty seconds after it has sent all that it has to read: then it must have been ended. Half a frame and a reader that stops have five seconds here, a flood has its ten seconds of debt, and a Close that is not answered has five more.

${table(
  ["attack", "tried", "longest, s", "late", "surprising"],
  [...hostile].map(([name, { tried, longestMs, late, surprising }]) => [
    name,
    String(tried),
    (longestMs / 1000).toFixed(1),
    String(late),
    String(surprising),
  ]),
)}
## Over time

${table(
  ["second", "resident memory", "live objects", "heap", "external", "of it buffers", "open sessions"],
  samples.map(({ atSeconds, residentBytes, held, openSessions }) => [
    atSeconds.toFixed(0),
    mib(residentBytes),
    mib(held.heapUsed),
    mib(held.heapTotal),
    mib(held.external),
    mib(held.arrayBuffers),
    String(openSessions),
  ]),
)}`;
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
