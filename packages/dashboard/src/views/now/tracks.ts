import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import {
  formatBytes,
  formatCount,
  formatLatency,
  formatRate,
  type Quantity,
} from "../../parts/format-number.ts";

/** One line of a track. */
export interface TrackLine {
  readonly label: string;
  readonly color: `--${string}`;
  readonly of: (sample: GateSample) => number | null;
}

/** What is drawn together: values of one kind. */
export interface Track {
  readonly title: string;
  /** Behind the unit, such as `/s`. */
  readonly per: string;
  readonly format: (value: number) => Quantity;
  /** Whether its axis goes in powers of two. */
  readonly isBinary?: boolean;
  readonly lines: readonly TrackLine[];
}

const sumOf = (sample: GateSample, key: "messagesIn" | "messagesOut" | "bytesIn" | "bytesOut"): number =>
  Object.values(sample.perRoute).reduce((sum, route) => sum + route[key], 0);

/** All refusals of a sample, per second. */
export function refusalsOf({ refusals }: GateSample): number {
  return Object.values(refusals).reduce((sum, count) => sum + count, 0);
}

/** What the view shows over time, from top to bottom. */
export const tracks: readonly Track[] = [
  {
    title: "Connections",
    per: "",
    format: (value) => ({ number: formatCount(value), unit: "" }),
    lines: [{ label: "open", color: "--series-count", of: ({ connections }) => connections }],
  },
  {
    title: "Messages",
    per: "/s",
    format: formatRate,
    lines: [
      { label: "in", color: "--series-in", of: (sample) => sumOf(sample, "messagesIn") },
      { label: "out", color: "--series-out", of: (sample) => sumOf(sample, "messagesOut") },
    ],
  },
  {
    title: "Bytes",
    per: "/s",
    format: formatBytes,
    isBinary: true,
    lines: [
      { label: "in", color: "--series-in", of: (sample) => sumOf(sample, "bytesIn") },
      { label: "out", color: "--series-out", of: (sample) => sumOf(sample, "bytesOut") },
    ],
  },
  {
    title: "Handshakes and refusals",
    per: "/s",
    format: formatRate,
    lines: [
      { label: "handshakes", color: "--series-shake", of: ({ handshakes }) => handshakes },
      { label: "refused", color: "--series-bad", of: refusalsOf },
    ],
  },
  {
    title: "Latency added",
    per: "",
    format: formatLatency,
    lines: [
      { label: "median", color: "--series-in", of: ({ latencyAddedMs }) => latencyAddedMs?.p50 ?? null },
      { label: "99 of 100", color: "--series-out", of: ({ latencyAddedMs }) => latencyAddedMs?.p99 ?? null },
    ],
  },
];

/** What a line came to in a while; `null`: nothing was measured. */
export interface LineSummary {
  readonly now: number;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

/** Sums up a line, for who does not see it. */
export function summarize(values: readonly (number | null)[]): LineSummary | null {
  const measured = values.filter((value) => value !== null);
  const now = measured.at(-1);
  if (now === undefined) return null;
  let [least, most, sum] = [now, now, 0];
  for (const value of measured) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return { now, least, mean: sum / measured.length, most };
}
