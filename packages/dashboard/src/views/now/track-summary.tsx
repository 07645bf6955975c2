import type { VNode } from "preact";

import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { inOne } from "../../parts/format-number.ts";
import { summarize, tracks } from "./tracks.ts";

const COLUMNS = ["now", "least", "mean", "most"] as const;

/** The same as the lines, in figures: for who does not see them, or wants to copy them. */
export function TrackSummary({
  samples,
  minutes,
}: {
  readonly samples: readonly GateSample[];
  readonly minutes: string;
}): VNode {
  return (
    <details class="track-summary">
      <summary>The last {minutes === "60" ? "hour" : `${minutes} minutes`} in figures</summary>
      <div class="panel scroll-x">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">What</th>
              {COLUMNS.map((column) => (
                <th key={column} scope="col" class="numeric">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tracks.flatMap(({ title, per, format, lines }) =>
              lines.map(({ label, of }) => {
                const sum = summarize(samples.map(of));
                return (
                  <tr key={`${title} ${label}`}>
                    <th scope="row">
                      {title}, {label}
                    </th>
                    {COLUMNS.map((column) => (
                      <td key={column} class="numeric">
                        {sum === null ? "–" : `${inOne(format(sum[column]))}${per}`}
                      </td>
                    ))}
                  </tr>
                );
              }),
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}
