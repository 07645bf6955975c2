import type { VNode } from "preact";

import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { formatBytes, formatCount, formatRate } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { Quantity } from "../../parts/quantity.tsx";
import { hrefOf } from "../../shell/place.ts";

/** More are not read at a glance; the others are in the metrics. */
const MOST = 40;

/** What each route carries now, those with the most connections first. */
export function RouteTable({ sample: { perRoute } }: { readonly sample: GateSample }): VNode {
  const routes = Object.entries(perRoute).toSorted(
    ([one, a], [other, b]) => b.connections - a.connections || (one < other ? -1 : 1),
  );
  return (
    <section class="panel scroll-x" aria-label="Routes">
      <h2>Routes</h2>
      {routes.length === 0 ? (
        <p class="panel-empty">No route carries anything yet.</p>
      ) : (
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Route</th>
              <th scope="col" class="numeric">
                Connections
              </th>
              <th scope="col" class="numeric">
                In
              </th>
              <th scope="col" class="numeric">
                Out
              </th>
            </tr>
          </thead>
          <tbody>
            {routes
              .slice(0, MOST)
              .map(([route, { connections, messagesIn, messagesOut, bytesIn, bytesOut }]) => (
                <tr key={route}>
                  <th scope="row">
                    <a href={hrefOf("connections", [], { route })}>
                      <InertText text={route} line />
                    </a>
                  </th>
                  <td class="numeric">{formatCount(connections)}</td>
                  <td class="numeric">
                    <Quantity value={formatRate(messagesIn)} per="/s" />
                    <span class="second">
                      <Quantity value={formatBytes(bytesIn)} per="/s" />
                    </span>
                  </td>
                  <td class="numeric">
                    <Quantity value={formatRate(messagesOut)} per="/s" />
                    <span class="second">
                      <Quantity value={formatBytes(bytesOut)} per="/s" />
                    </span>
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
      {routes.length > MOST ? (
        <p class="panel-empty">{formatCount(routes.length - MOST)} more routes.</p>
      ) : null}
    </section>
  );
}
