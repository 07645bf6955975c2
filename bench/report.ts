import { cpus, release } from "node:os";
import type { Case } from "./cases.ts";
import type { Figures } from "./rounds.ts";

/** What a run found. */
export interface Findings {
  readonly gateway: string;
  readonly targets: readonly string[];
  /** Peers that are not installed here, with what they need. */
  readonly missing: readonly string[];
  readonly rounds: number;
  /** Load average of the last minute before the run. */
  readonly loadBefore: number;
  readonly byCase: ReadonlyMap<Case, Figures>;
}

interface Goal {
  readonly text: string;
  readonly name: string;
  readonly peer: string;
  readonly atMost: number;
}

/** Above this load average the machine was not quiet. */
const QUIET_LOAD = 0.5;

/** What the gateway must reach. */
const goals: readonly Goal[] = [
  { text: "125 B, one in flight: the raw Node pipe", name: "125B-w1", peer: "raw-pipe", atMost: 1 },
  { text: "125 B, one in flight: nginx", name: "125B-w1", peer: "nginx", atMost: 1.4 },
  { text: "125 B, 16 in flight: the ws-to-ws relay", name: "125B-w16", peer: "ws-relay", atMost: 0.2 },
  { text: "125 B, 16 in flight: nginx", name: "125B-w16", peer: "nginx", atMost: 2.5 },
  { text: "16 KiB, one in flight: nginx as shipped", name: "16KiB-w1", peer: "nginx", atMost: 1 },
  { text: "handshake: the ws-to-ws relay's bare one", name: "handshake", peer: "ws-relay", atMost: 0.7 },
  { text: "memory per idle connection: http-proxy-3", name: "idle", peer: "http-proxy-3", atMost: 1.3 },
];

/** The middle one, or the mean of the middle two. `NaN` of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** The median of the ratios of rounds that stood side by side. `NaN` where one was not measured. */
export function ratio(figures: Figures | undefined, of: string, to: string): number {
  const above = figures?.get(of) ?? [];
  const below = figures?.get(to) ?? [];
  return median(
    above.slice(0, Math.min(above.length, below.length)).map((figure, round) => figure / (below[round] ?? 0)),
  );
}

/** Whether the run missed a goal that it could judge. */
export function missedGoals({ gateway, byCase }: Findings): readonly string[] {
  return goals
    .filter(({ name, peer, atMost }) => ratio(figuresOf(byCase, name), gateway, peer) > atMost)
    .map(({ text }) => text);
}

/** The findings as a Markdown page. */
export function renderReport(findings: Findings): string {
  const { gateway, byCase, targets, missing, rounds } = findings;
  const titles = [...byCase.keys()].map(({ title }) => title);
  const absolute = targets.map((name) => row(name, byCase, (figures) => median(figures.get(name) ?? [])));
  const relative = targets
    .filter((name) => name !== gateway)
    .map((name) => row(name, byCase, (figures) => ratio(figures, gateway, name)));
  return `# Results

Written by \`npm run bench -- --write\`. ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, Linux ${release()}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), medians of ${rounds} rounds.
${missing.length === 0 ? "" : `\nNot measured, because not installed: ${missing.join(", ")}.\n`}
${findings.loadBefore < QUIET_LOAD ? "" : `Other work ran on this machine (load average ${findings.loadBefore.toFixed(1)} before the run), which costs a Node process more than nginx: run it again on a quiet one.\n\n`}## What it must reach

The gateway checks every message (frames, sizes, rates, UTF-8) and, at the handshake, Origin and an ES256 token. Ratios of CPU time or memory; less is better.

${table(["the gateway beside", "ratio", "at most", ""], goalRows(findings))}
## The gateway, divided by each

Medians of the ratios of rounds side by side.

${table(["", ...titles], relative)}
## In absolute numbers

CPU microseconds, user and system, per round trip or handshake; memory in KiB. They hold for this machine on this day: compare ratios.

${table(["", ...titles], absolute)}`;
}

function goalRows({ gateway, byCase }: Findings): string[][] {
  return goals.map(({ text, name, peer, atMost }) => {
    const value = ratio(figuresOf(byCase, name), gateway, peer);
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
