import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Failure } from "../../api/answer.ts";
import type { Incident } from "../../api/incident.ts";
import { incidentList, loadIncidentsOf } from "../../api/incidents.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice } from "../../parts/notice.tsx";
import { PlainTable, type PlainColumn } from "../../parts/plain-table.tsx";
import { Time } from "../../parts/time.tsx";
import { VerdictTag } from "../../parts/verdict-tag.tsx";
import { hrefOf } from "../../shell/place.ts";

/** More are under Attacks. */
const MOST = 20;

const columns: readonly PlainColumn<Incident>[] = [
  { title: "When", bare: true, cell: ({ at }) => <Time at={at} /> },
  {
    title: "What",
    bare: true,
    cell: ({ verdict, severity }) => <VerdictTag verdict={verdict} severity={severity} />,
  },
  {
    title: "Rule",
    bare: true,
    cell: ({ incident, code }) => <a href={hrefOf("attacks", [incident])}>{code}</a>,
  },
  { title: "Found", bare: true, cell: ({ detail }) => <InertText coded text={detail} /> },
];

/** What was refused of one connection: what the gate remembers, and what happens meanwhile. */
export function SessionIncidents({ session }: { readonly session: string }): VNode {
  const [past, setPast] = useState<readonly Incident[]>([]);
  const [failure, setFailure] = useState<Failure | null>(null);
  // How many the page was not told of, when it asked.
  const [left, setLeft] = useState(0);
  const { incidents: told, left: untold } = incidentList.value;
  const load = async (): Promise<void> => {
    setLeft(incidentList.value.left);
    const found = await loadIncidentsOf(session, MOST);
    if ("ok" in found) return setFailure(found);
    setFailure(null);
    setPast(found);
  };
  useEffect(() => void load(), [session]);
  const known = new Map(
    [...told.filter((incident) => incident.session === session), ...past].map((one) => [one.incident, one]),
  );
  const incidents = [...known.values()].toSorted((one, other) => other.at - one.at);
  return (
    <section class="panel">
      <h2>What was refused of it</h2>
      {failure === null ? null : <FailureNotice failure={failure} again={() => void load()} />}
      {untold > left ? (
        <p class="panel-empty">
          More happened at the gateway than the page was told of.{" "}
          <button type="button" class="more" onClick={() => void load()}>
            Ask again
          </button>
        </p>
      ) : null}
      {incidents.length === 0 ? (
        <p class="panel-empty">Nothing, as far as the gateway remembers.</p>
      ) : (
        <PlainTable
          label="What was refused of it"
          columns={columns}
          rows={incidents.slice(0, MOST)}
          idOf={({ incident }) => incident}
        />
      )}
    </section>
  );
}
