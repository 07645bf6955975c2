import type { VNode } from "preact";

import { live } from "../../api/live.ts";
import { Chart } from "../../parts/chart.tsx";
import { formatCount, formatRate, inOne } from "../../parts/format-number.ts";
import { setFilters } from "../../shell/place.ts";
import { stacked, timelineOf } from "./timeline-series.ts";

const SPAN_SECONDS = 3600;
const WHILE_SECONDS = 30;
const COLORS = ["--guard-1", "--guard-2", "--guard-3", "--guard-4", "--guard-5", "--guard-6"] as const;

/** What was refused in the last hour, by guard: all of it, also what came too fast to be listed. */
export function AttackTimeline({ guard }: { readonly guard: string }): VNode {
  // A new sample each second draws it anew.
  void live.sample.value;
  const { times, guards } = timelineOf(live.history.last(SPAN_SECONDS), WHILE_SECONDS);
  const named = guards.map((one, index) => ({
    ...one,
    color: COLORS[index] ?? COLORS[0],
    total: Math.round(one.counts.reduce((sum, count) => sum + count, 0)),
  }));
  const said = named.map((one) => `${one.guard} ${formatCount(one.total)}`).join(", ");
  return (
    <section class="panel attack-timeline" aria-label="Refused in the last hour">
      <div class="attack-legend">
        <h2>Refused in the last hour</h2>
        {named.length === 0 ? <p class="muted">nothing</p> : null}
        <ul>
          {named.map((one) => (
            <li key={one.guard}>
              <button
                type="button"
                class="legend-button"
                aria-pressed={guard === one.guard}
                disabled={one.guard === "others"}
                onClick={() => setFilters({ guard: guard === one.guard ? "" : one.guard })}
              >
                <span class="swatch" style={{ background: `var(${one.color})` }} />
                {one.guard} <span class="numeric muted">{formatCount(one.total)}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <Chart
        description={`Refused in the last hour, by guard: ${said === "" ? "nothing" : said}.`}
        times={times}
        series={stacked(guards).map(({ guard: label, counts }, index) => ({
          label,
          color: COLORS[index] ?? COLORS[0],
          values: counts,
        }))}
        format={(value) => inOne(formatRate(value))}
        seconds={SPAN_SECONDS}
        height={8}
        isBars
      />
    </section>
  );
}
