import type { VNode } from "preact";

import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { Chart } from "../../parts/chart.tsx";
import { formatClock } from "../../parts/format-time.ts";
import { inOne } from "../../parts/format-number.ts";
import { Quantity } from "../../parts/quantity.tsx";
import { summarize, type Track } from "./tracks.ts";

/** What {@link TrackView} draws. */
export interface TrackViewProps {
  readonly track: Track;
  readonly samples: readonly GateSample[];
  readonly seconds: number;
  /** The moment that the pointer is above, in whichever track; `null`: none. */
  readonly cursor: number | null;
  readonly onCursor: (index: number | null) => void;
}

const HEIGHT = 6.5;

/** One track: its figures, now or where the pointer is, beside its lines. */
export function TrackView({ track, samples, seconds, cursor, onCursor }: TrackViewProps): VNode {
  const { title, per, format, isBinary = false, lines } = track;
  const shown = (cursor === null ? undefined : samples[cursor]) ?? samples.at(-1);
  const series = lines.map(({ label, color, of }) => ({ label, color, values: samples.map(of) }));
  const say = (value: number): string => `${inOne(format(value))}${per}`;
  const sums = series.map(({ label, values }) => {
    const sum = summarize(values);
    if (sum === null) return `${label}: nothing measured`;
    return `${label}: now ${say(sum.now)}, between ${say(sum.least)} and ${say(sum.most)}`;
  });
  return (
    <div class="track">
      <div class="track-read">
        <h2>{title}</h2>
        <dl>
          {lines.map(({ label, color, of }) => {
            const value = shown === undefined ? null : of(shown);
            return (
              <div key={label}>
                <dt>
                  <span class="swatch" style={{ background: `var(${color})` }} />
                  {label}
                </dt>
                <dd>
                  {value === null ? (
                    <span class="muted">–</span>
                  ) : (
                    <Quantity value={format(value)} per={per} />
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
        <p class="track-at">{cursor === null || shown === undefined ? "" : `at ${formatClock(shown.at)}`}</p>
      </div>
      <Chart
        description={`${title}. ${sums.join("; ")}.`}
        times={samples.map(({ at }) => at / 1000)}
        series={series}
        format={(value) => inOne(format(value))}
        isBinary={isBinary}
        seconds={seconds}
        height={HEIGHT}
        onCursor={onCursor}
      />
    </div>
  );
}
