import type { VNode } from "preact";
import { useEffect } from "preact/hooks";

import { incidentList, loadPastIncidents } from "../../api/incidents.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { Time } from "../../parts/time.tsx";
import { VerdictTag } from "../../parts/verdict-tag.tsx";
import { hrefOf } from "../../shell/place.ts";

/** More are under Attacks. */
const MOST = 20;

/** What was refused of one connection. */
export function SessionIncidents({ session }: { readonly session: string }): VNode {
  useEffect(() => void loadPastIncidents(), []);
  const incidents = incidentList.value.incidents.filter((incident) => incident.session === session);
  return (
    <section class="panel scroll-x">
      <h2>What was refused of it</h2>
      {incidents.length === 0 ? (
        <p class="panel-empty">Nothing, as far as the gateway remembers.</p>
      ) : (
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Rule</th>
              <th scope="col">Found</th>
            </tr>
          </thead>
          <tbody>
            {incidents.slice(0, MOST).map(({ incident, at, verdict, code, detail, severity }) => (
              <tr key={incident}>
                <td>
                  <Time at={at} />
                </td>
                <td>
                  <VerdictTag verdict={verdict} severity={severity} />
                </td>
                <td>
                  <a href={hrefOf("attacks", [incident])}>{code}</a>
                </td>
                <td>
                  <InertText text={detail} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
