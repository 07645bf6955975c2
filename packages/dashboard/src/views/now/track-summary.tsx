import type { VNode } from "preact";

import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { inOne } from "../../parts/format-number.ts";
import { PlainTable, type PlainColumn } from "../../parts/plain-table.tsx";
import { summarize, tracks } from "./tracks.ts";

const COLUMNS = ["now", "least", "mean", "most"] as const;

interface Figures {
  readonly name: string;
  /** As many as there are columns. */
  readonly figures: readonly string[];
}

const columns: readonly PlainColumn<Figures>[] = [
  { title: "What", isHead: true, cell: ({ name }) => name },
  ...COLUMNS.map((title, at) => ({
    title,
    numeric: true,
    cell: ({ figures }: Figures) => figures[at],
  })),
];

/** The same as the lines, in figures: for who does not see them, or wants to copy them. */
export function TrackSummary({
  samples,
  minutes,
}: {
  readonly samples: readonly GateSample[];
  readonly minutes: string;
}): VNode {
  const rows = tracks.flatMap(({ title, per, format, lines }) =>
    lines.map(({ label, of }) => {
      const sum = summarize(samples.map(of));
      const figures = COLUMNS.map((column) => (sum === null ? "–" : `${inOne(format(sum[column]))}${per}`));
      return { name: `${title}, ${label}`, figures };
    }),
  );
  return (
    <details class="track-summary">
      <summary>The last {minutes === "60" ? "hour" : `${minutes} minutes`} in figures</summary>
      <div class="panel">
        <PlainTable label="In figures" columns={columns} rows={rows} idOf={({ name }) => name} />
      </div>
    </details>
  );
}
