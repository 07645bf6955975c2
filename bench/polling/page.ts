import { cpus } from "node:os";
import type { FeedShape } from "./feed.ts";
import { type Found, KEPT_UP } from "./measure.ts";
import type { Setup } from "./setups.ts";
import { kernel } from "../../scripts/kernel.ts";

/** One setup with so many clients: medians over the rounds; `null`: it could not carry them. */
export interface Measured {
  readonly setup: Setup;
  readonly shape: FeedShape;
  readonly clients: number;
  readonly found: Found | null;
}

/** What a run found, and how it ran. */
export interface PollingFindings {
  readonly measured: readonly Measured[];
  readonly rounds: number;
  readonly seconds: number;
  /** Load average of the last minute before the run. */
  readonly loadBefore: number;
}

/** Above this load average the machine was not quiet. */
const QUIET_LOAD = 0.5;

const columns: readonly { readonly head: string; readonly of: (found: Found) => string }[] = [
  { head: "bytes a client a second", of: ({ bytes }) => Math.round(bytes).toLocaleString("en") },
  { head: "CPU per update, µs", of: ({ cpu }) => threeDigits(cpu) },
  { head: "median, ms", of: ({ medianMs }) => threeDigits(medianMs) },
  { head: "p99, ms", of: ({ p99Ms }) => threeDigits(p99Ms) },
];

/** The page: a table for each feed and each number of clients. */
export function renderPolling({ measured, rounds, seconds, loadBefore }: PollingFindings): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"})`;
  return `# WebSocket against polling

Written by \`npm run bench:polling -- --write\`. ${date}, Node ${process.versions.node}, ${kernel}, ${machine}, medians of ${rounds} rounds of ${seconds} s.
${loadBefore < QUIET_LOAD ? "" : `\nOther work ran on this machine (load average ${loadBefore.toFixed(1)} before the run), which shows in the latencies first: run it again on a quiet one.\n`}
What is measured and what each row includes: [the page in the documents](../docs/explanation/websocket-against-polling.md).

${shapesOf(measured)
  .map((shape) => renderShape(shape, measured))
  .join("\n")}`;
}

function shapesOf(measured: readonly Measured[]): readonly FeedShape[] {
  return [...new Set(measured.map(({ shape }) => shape))];
}

function renderShape(shape: FeedShape, measured: readonly Measured[]): string {
  const here = measured.filter((each) => each.shape === shape);
  const counts = [...new Set(here.map(({ clients }) => clients))];
  const tables = counts.map((count) => renderCount(count, here));
  return `## ${shape.title}

${shape.rate} messages a second of ${shape.updates === 1 ? "one update" : `${shape.updates} updates`}, to every client.

${tables.join("\n")}`;
}

function renderCount(count: number, measured: readonly Measured[]): string {
  const rows = measured
    .filter(({ clients }) => clients === count)
    .map(({ setup, found }) => `| ${setup.title}${behind(found)} | ${figures(found).join(" | ")} |`);
  return `### ${count.toLocaleString("en")} clients

|  | ${columns.map(({ head }) => head).join(" | ")} |
| --- | ${columns.map(() => "--:").join(" | ")} |
${rows.join("\n")}
`;
}

function figures(found: Found | null): readonly string[] {
  return columns.map(({ of }) => (found === null ? "" : of(found)));
}

function behind(found: Found | null): string {
  if (found === null) return " (**overloaded**: clients were closed)";
  return found.share >= KEPT_UP
    ? ""
    : ` (**overloaded**: ${Math.round(found.share * 100)} % of the feed in time)`;
}

/** A figure with three digits that count. */
export function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
