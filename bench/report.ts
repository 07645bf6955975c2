import { cpus } from "node:os";
import type { Case, Transport } from "./cases.ts";
import type { Figures } from "./rounds.ts";
import type { Target } from "./targets.ts";
import { kernel } from "../scripts/kernel.ts";

/** What a run found. */
export interface Findings {
  readonly targets: readonly Target[];
  /** Peers that are not installed here, with what they need. */
  readonly missing: readonly string[];
  readonly rounds: number;
  /** Load average of the last minute before the run. */
  readonly loadBefore: number;
  readonly byCase: ReadonlyMap<Case, Figures>;
}

interface Goal {
  /** What is measured, and the peer. */
  readonly text: string;
  readonly name: string;
  readonly of: string;
  readonly peer: string;
  readonly atMost: number;
  /** Whether the upper 95 % bound of the median must reach it, not the median alone. */
  readonly bounded: boolean;
}

/** Above this load average the machine was not quiet. */
const QUIET_LOAD = 0.5;

/** What the gateway must reach. */
const goals: readonly Goal[] = [
  goal("125 B, one in flight: the raw Node pipe", "125B-w1", ["sallyport", "raw-pipe"], 1),
  goal("125 B, one in flight: nginx", "125B-w1", ["sallyport", "nginx"], 1.4),
  goal("125 B, 16 in flight: the ws-to-ws relay", "125B-w16", ["sallyport", "ws-relay"], 0.2),
  goal("125 B, 16 in flight: nginx", "125B-w16", ["sallyport", "nginx"], 2.5),
  goal("16 KiB, one in flight: nginx as shipped", "16KiB-w1", ["sallyport", "nginx"], 1),
  goal("handshake: the ws-to-ws relay's bare one", "handshake", ["sallyport", "ws-relay"], 0.7),
  goal("memory per idle connection: http-proxy-3", "idle", ["sallyport", "http-proxy-3"], 1.3),
  goal(
    "memory per idle connection over TLS: http-proxy-3",
    "idle-tls",
    ["sallyport-tls", "http-proxy-3-tls"],
    1.3,
  ),
  goal(
    "JSON demanded by a guard, 125 B: the relay that parses too",
    "125B-w1",
    ["sallyport-json", "ws-relay-parse"],
    0.6,
  ),
  goal(
    "JSON demanded by a guard, 1 KiB: the relay that parses too",
    "1KiB-w1",
    ["sallyport-json", "ws-relay-parse"],
    0.6,
  ),
  ...(["125B-w1", "1KiB-w1", "1KiB-w16", "16KiB-w1"] as const).map((name) =>
    goal(
      `dialect, schema, permission, threat and leak, ${name}: the relay that only parses`,
      name,
      ["sallyport-everything", "ws-relay-parse"],
      1,
    ),
  ),
  goal(
    "a journal of metadata, 125 B, one in flight: the gateway without",
    "125B-w1",
    ["sallyport-journal-metadata", "sallyport"],
    1.1,
  ),
  goal(
    "a journal of whole contents, 125 B, one in flight: the gateway without",
    "125B-w1",
    ["sallyport-journal-full", "sallyport"],
    1.2,
  ),
  ...(["watch", "watch-names"] as const).map((what): Goal => {
    const text = `all detectors of the watch, 125 B, one in flight${what === "watch" ? "" : ", names looked at"}: without (upper 95 % bound)`;
    const names = [`sallyport-${what}`, `sallyport-${what}-off`] as const;
    return Object.assign(goal(text, "125B-w1", names, 1.08), { bounded: true });
  }),
  goal(
    "`listen`, 125 B, one in flight: the bare `ws` server",
    "125B-w1",
    ["sallyport-listen", "ws-server"],
    1,
  ),
  goal(
    "`listen`, 125 B, 16 in flight: the bare `ws` server",
    "125B-w16",
    ["sallyport-listen", "ws-server"],
    0.5,
  ),
  goal("`listen`, 125 B, one in flight: uWebSockets.js", "125B-w1", ["sallyport-listen", "uws"], 1.7),
  goal(
    "`listen`, 125 B to 1,000: the bare `ws` server",
    "broadcast",
    ["sallyport-listen-topic", "ws-server-all"],
    0.6,
  ),
  goal(
    "`listen`, memory per idle connection: the bare `ws` server",
    "idle",
    ["sallyport-listen", "ws-server"],
    1,
  ),
  goal("`attach`, 125 B, one in flight: the bare `ws` server", "125B-w1", ["attach-ws", "ws-server"], 1.4),
];

function goal(text: string, name: string, [of, peer]: readonly [string, string], atMost: number): Goal {
  return { text, name, of, peer, atMost, bounded: false };
}

/** The middle one, or the mean of the middle two. `NaN` of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** The median of the ratios of rounds that stood side by side. `NaN` where one was not measured. */
export function ratio(figures: Figures | undefined, of: string, to: string): number {
  return median(ratiosOf(figures, of, to));
}

function ratiosOf(figures: Figures | undefined, of: string, to: string): readonly number[] {
  const above = figures?.get(of) ?? [];
  const below = figures?.get(to) ?? [];
  return above
    .slice(0, Math.min(above.length, below.length))
    .map((figure, round) => figure / (below[round] ?? 0));
}

const CONFIDENCE = 0.95;

/**
 * Above the true median of what these are a sample of, with 95 % confidence, whatever its distribution: the least of them that so
 * many stand below (the sign test). The greatest where there are too few; `NaN` of none.
 */
export function upperBound(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  let ways = 1;
  let below = 0;
  for (const [index, number] of sorted.entries()) {
    below += ways / 2 ** sorted.length;
    if (below >= CONFIDENCE) return number;
    ways = (ways * (sorted.length - index)) / (index + 1);
  }
  return sorted.at(-1) ?? Number.NaN;
}

function reachedBy({ name, of, peer, bounded }: Goal, byCase: Findings["byCase"]): number {
  const figures = figuresOf(byCase, name);
  return bounded ? upperBound(ratiosOf(figures, of, peer)) : ratio(figures, of, peer);
}

/** Whether the run missed a goal that it could judge. */
export function missedGoals({ byCase }: Findings): readonly string[] {
  return goals.filter((each) => reachedBy(each, byCase) > each.atMost).map(({ text }) => text);
}

/** The findings as a Markdown page. */
export function renderReport(findings: Findings): string {
  const { missing, rounds } = findings;
  return `# Results

Written by \`npm run bench -- --write\`. ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${kernel}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), medians of ${rounds} rounds.
${missing.length === 0 ? "" : `\nNot measured, because not installed: ${missing.join(", ")}.\n`}
${findings.loadBefore < QUIET_LOAD ? "" : `Other work ran on this machine (load average ${findings.loadBefore.toFixed(1)} before the run), which costs a Node process more than nginx: run it again on a quiet one.\n\n`}## What it must reach

The gateway and \`attach\` check every message (frames, sizes, rates, UTF-8) and, at the handshake, Origin and an ES256 token. Ratios of CPU time or memory; less is better. Why something is missed, and what was tried: [the last section of the README](README.md#what-is-missed-and-why).

${table(["beside", "ratio", "at most", ""], goalRows(findings))}
Ratios below are medians of the ratios of rounds side by side. Absolute numbers are CPU microseconds, user and system, per round trip or handshake, and KiB of memory; they hold for this machine on this day.

${sections.map(({ over, title }) => renderSection(findings, over, title)).join("")}`;
}

const sections: readonly { readonly over: Transport; readonly title: string }[] = [
  { over: "plain", title: "Plain" },
  { over: "tls", title: "TLS 1.3 for the clients, the backend plain" },
  { over: "socket.io", title: "Socket.IO: one event and its echo" },
];

function renderSection({ byCase, targets }: Findings, over: Transport, title: string): string {
  const measured = new Map([...byCase].filter(([each]) => each.over === over));
  if (measured.size === 0) return "";
  const head = ["", ...[...measured.keys()].map((each) => each.title)];
  const here = targets.filter((target) => target.over === over);
  const names = here.map(({ name }) => name);
  const pairs = here.flatMap(({ name, beside }) =>
    beside.filter((peer) => names.includes(peer)).map((peer) => ({ name, peer })),
  );
  const relative = pairs.map(({ name, peer }) =>
    row(`${name} / ${peer}`, measured, (figures) => ratio(figures, name, peer)),
  );
  const absolute = names.map((name) => row(name, measured, (figures) => median(figures.get(name) ?? [])));
  return `## ${title}

${table(head, relative)}
${table(head, absolute)}
`;
}

function goalRows({ byCase }: Findings): string[][] {
  return goals.map((each) => {
    const { text, atMost } = each;
    const value = reachedBy(each, byCase);
    const outcome = Number.isNaN(value) ? "not measured" : value <= atMost ? "reached" : "**missed**";
    return [text, Number.isNaN(value) ? "" : value.toFixed(2), String(atMost), outcome];
  });
}

function figuresOf(byCase: Findings["byCase"], name: string): Figures | undefined {
  return [...byCase].find(([each]) => each.name === name)?.[1];
}

function row(name: string, byCase: Findings["byCase"], measure: (figures: Figures) => number): string[] {
  return [name].concat([...byCase.values()].map((figures) => threeDigits(measure(figures))));
}

function threeDigits(value: number): string {
  return Number.isNaN(value) ? "" : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
