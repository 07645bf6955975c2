import type { VNode } from "preact";

import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { formatBytes, formatCount, formatRate } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { PlainTable, type PlainColumn } from "../../parts/plain-table.tsx";
import { Quantity } from "../../parts/quantity.tsx";
import { hrefOf } from "../../shell/place.ts";

/** More are not read at a glance; the others are in the metrics. */
const MOST = 40;

type Carried = readonly [route: string, sample: GateSample["perRoute"][string]];

function Traffic({ messages, bytes }: { readonly messages: number; readonly bytes: number }): VNode {
  return (
    <>
      <Quantity value={formatRate(messages)} per="/s" />
      <span class="second">
        <Quantity value={formatBytes(bytes)} per="/s" />
      </span>
    </>
  );
}

const columns: readonly PlainColumn<Carried>[] = [
  {
    title: "Route",
    isHead: true,
    cell: ([route]) => (
      <a href={hrefOf("connections", [], { route })}>
        <InertText text={route} line />
      </a>
    ),
  },
  { title: "Connections", numeric: true, cell: ([, { connections }]) => formatCount(connections) },
  {
    title: "In",
    numeric: true,
    cell: ([, { messagesIn, bytesIn }]) => <Traffic messages={messagesIn} bytes={bytesIn} />,
  },
  {
    title: "Out",
    numeric: true,
    cell: ([, { messagesOut, bytesOut }]) => <Traffic messages={messagesOut} bytes={bytesOut} />,
  },
];

/** What each route carries now, those with the most connections first. */
export function RouteTable({ sample: { perRoute } }: { readonly sample: GateSample }): VNode {
  const routes = Object.entries(perRoute).toSorted(
    ([one, a], [other, b]) => b.connections - a.connections || (one < other ? -1 : 1),
  );
  return (
    <section class="panel" aria-label="Routes">
      <h2>Routes</h2>
      {routes.length === 0 ? (
        <p class="panel-empty">No route carries anything yet.</p>
      ) : (
        <PlainTable
          label="What each route carries"
          columns={columns}
          rows={routes.slice(0, MOST)}
          idOf={([route]) => route}
        />
      )}
      {routes.length > MOST ? (
        <p class="panel-empty">{formatCount(routes.length - MOST)} more routes.</p>
      ) : null}
    </section>
  );
}
