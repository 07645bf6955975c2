import type { VNode } from "preact";
import { useState } from "preact/hooks";

import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { live } from "../../api/live.ts";
import { formatBytes, formatLatency, formatShare } from "../../parts/format-number.ts";
import { Loading } from "../../parts/notice.tsx";
import { Quantity } from "../../parts/quantity.tsx";
import { Segments } from "../../parts/segments.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { place, setFilters } from "../../shell/place.ts";
import { RefusalsByGuard } from "./refusals-by-guard.tsx";
import { RouteTable } from "./route-table.tsx";
import { SharedState } from "./shared-state.tsx";
import { TrackSummary } from "./track-summary.tsx";
import { TrackView } from "./track-view.tsx";
import { tracks } from "./tracks.ts";

const SPANS = [
  { id: "5", title: "5 min" },
  { id: "15", title: "15 min" },
  { id: "60", title: "1 h" },
] as const;

type Span = (typeof SPANS)[number]["id"];

/** The view "Now": what goes through the gate, and what does not. */
export function Now(): VNode {
  const newest = live.sample.value;
  const span: Span = SPANS.find(({ id }) => id === place.value.query["span"])?.id ?? "60";
  const [cursor, setCursor] = useState<number | null>(null);
  const seconds = Number(span) * 60;
  const samples = live.history.last(seconds);
  return (
    <>
      <ViewHead title="Now">
        <Segments
          label="How far back"
          choices={SPANS}
          chosen={span}
          choose={(chosen) => setFilters({ span: chosen === "60" ? "" : chosen })}
        />
      </ViewHead>
      {newest === null ? (
        <Loading what="Waiting for the first figures" />
      ) : (
        <>
          <section class="panel tracks" aria-label="Over time">
            {tracks.map((track) => (
              <TrackView
                key={track.title}
                track={track}
                samples={samples}
                seconds={seconds}
                cursor={cursor}
                onCursor={setCursor}
              />
            ))}
          </section>
          <TrackSummary samples={samples} minutes={span} />
          <div class="now-lower">
            <RefusalsByGuard samples={samples} minutes={span} />
            <RouteTable sample={newest} />
          </div>
          <SharedState />
          <GateFigures sample={newest} />
        </>
      )}
    </>
  );
}

function GateFigures({ sample: { cpu, memory, loopDelayMs } }: { readonly sample: GateSample }): VNode {
  return (
    <p class="gate-figures">
      The gateway takes <Quantity value={formatShare(cpu)} /> of a core and{" "}
      <Quantity value={formatBytes(memory)} /> of memory; its timers are up to{" "}
      <Quantity value={formatLatency(loopDelayMs)} /> late.
    </p>
  );
}
