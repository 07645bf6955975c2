import type { VNode } from "preact";

import type { SessionView } from "../../api/session-view.ts";
import { Chart } from "../../parts/chart.tsx";
import { formatBytes, formatCount, formatRate, inOne } from "../../parts/format-number.ts";
import { Quantity } from "../../parts/quantity.tsx";
import type { LaneRates } from "./lane-rates.ts";

/** What both directions of a connection carry, now and in the last minutes. */
export function LanePanels({
  session,
  rates,
}: {
  readonly session: SessionView;
  readonly rates: readonly LaneRates[];
}): VNode {
  return (
    <div class="connection-facts">
      <LanePanel
        title="From the client"
        color="--series-in"
        rates={rates.map(({ at, messagesIn, bytesIn }) => ({ at, messages: messagesIn, bytes: bytesIn }))}
        totals={session.inbound}
        waitingBytes={null}
      />
      <LanePanel
        title="To the client"
        color="--series-out"
        rates={rates.map(({ at, messagesOut, bytesOut }) => ({ at, messages: messagesOut, bytes: bytesOut }))}
        totals={session.outbound}
        waitingBytes={session.waitingBytes}
      />
    </div>
  );
}

interface LanePanelProps {
  readonly title: string;
  readonly color: `--${string}`;
  readonly rates: readonly { readonly at: number; readonly messages: number; readonly bytes: number }[];
  readonly totals: SessionView["inbound"];
  /** `null`: that is not counted in this direction. */
  readonly waitingBytes: number | null;
}

function LanePanel({ title, color, rates, totals, waitingBytes }: LanePanelProps): VNode {
  const now = rates.at(-1);
  const [messages, bytes] = [formatRate(now?.messages ?? 0), formatBytes(now?.bytes ?? 0)];
  return (
    <section class="panel lane">
      <h2>{title}</h2>
      <div class="lane-figures">
        <span class="lane-now">
          <Quantity value={bytes} per="/s" />
        </span>
        <span>
          <Quantity value={messages} per=" messages/s" />
        </span>
        <span class="muted">
          {formatCount(totals.messages)} messages, {inOne(formatBytes(totals.bytes))} in all
          {waitingBytes === null || waitingBytes === 0
            ? ""
            : `; ${inOne(formatBytes(waitingBytes))} wait to be read`}
        </span>
      </div>
      <Chart
        description={`${title}: now ${inOne(bytes)} and ${inOne(messages)} messages a second.`}
        times={rates.map(({ at }) => at / 1000)}
        series={[{ label: title, color, values: rates.map((rate) => rate.bytes) }]}
        format={(value) => inOne(formatBytes(value))}
        isBinary
        seconds={300}
        height={6.875}
      />
    </section>
  );
}
