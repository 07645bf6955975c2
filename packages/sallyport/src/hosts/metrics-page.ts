import { metricTable, type MetricRow } from "./metric-table.ts";

const INTRODUCTION = `<!-- Generated from the source by \`npm run docs\`: edit the table, not this page. -->

# Metrics

What \`/metrics\` on the admin address answers, in the Prometheus text format. [How to monitor](../how-to/monitor.md) says what to
look at, and \`deploy/\` has a dashboard and alert rules.

Values of labels are of the configuration (\`route\`, \`listener\`, names of tokens, patterns and rules) or of the code (\`guard\`, \`code\`, \`verdict\` and
the rest), never of a peer: whatever is sent, the number of series stays that of the configuration. \`guard\` and \`code\` are those of
[errors](errors.md); \`detector\` of leaks those of [leak detectors](leak-detectors.md). An empty label says that there is none: no route was
found, nothing refused.

With \`--workers\` counters and histograms are those of all processes together, also of those that have ended; of gauges the table says it.
`;

const WORKERS = { sum: "added up", min: "the lowest", max: "the highest" } as const;

/** The page \`docs/reference/metrics.md\`: every metric that is exported. */
export function renderMetricsPage(): string {
  const rows = Object.entries(metricTable);
  return `${INTRODUCTION}
| metric | type | labels | what it says | of several workers |
|---|---|---|---|---|
${rows.map(([name, row]) => line(name, row)).join("\n")}
`;
}

function line(name: string, { type, labels, help, where, workers, buckets }: MetricRow): string {
  const names = labels.map((label) => `\`${label}\``).join(", ");
  const bounds = buckets === undefined ? "" : ` Bounds: ${buckets.join(", ")}.`;
  const when = where === undefined ? "" : ` Where ${where}.`;
  const together = type === "gauge" ? WORKERS[workers ?? "sum"] : WORKERS.sum;
  return `| \`${name}\` | ${type} | ${names} | ${help}${bounds}${when} | ${together} |`;
}
