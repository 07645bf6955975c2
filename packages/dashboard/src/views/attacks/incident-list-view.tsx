import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";

import { groupIncidents, isIncidentMeant, type Grouping, type Incident } from "../../api/incident.ts";
import { incidentList, loadPastIncidents } from "../../api/incidents.ts";
import { mayAct } from "../../api/viewer.ts";
import { BanDialog } from "../../parts/ban-dialog.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { FilterField } from "../../parts/filter-field.tsx";
import { formatCount } from "../../parts/format-number.ts";
import { Empty, FailureNotice, Loading } from "../../parts/notice.tsx";
import { Segments } from "../../parts/segments.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { goTo, hrefOf, place, placeBefore, setFilters } from "../../shell/place.ts";
import { AttackTimeline } from "./attack-timeline.tsx";
import { GroupTable } from "./group-table.tsx";
import { incidentColumns } from "./incident-columns.tsx";

const GROUPINGS = [
  { id: "time", title: "By time" },
  { id: "address", title: "By address" },
  { id: "user", title: "By user" },
  { id: "guard", title: "By guard" },
] as const;

type Chosen = (typeof GROUPINGS)[number]["id"];

/** What was refused and noticed: over time, and one by one or put together. */
export function IncidentListView(): VNode {
  const { guard = "", address = "", user = "", by } = place.value.query;
  const chosen: Chosen = GROUPINGS.find(({ id }) => id === by)?.id ?? "time";
  const list = incidentList.value;
  const incidents = useMemo(
    () => list.incidents.filter((incident) => isIncidentMeant(incident, { guard, address, user })),
    [list.incidents, guard, address, user],
  );
  return (
    <>
      <ViewHead title="Attacks" about={<About shown={incidents.length} left={list.left} />}>
        <Segments
          label="How incidents are put together"
          choices={GROUPINGS}
          chosen={chosen}
          choose={(id) => setFilters({ by: id === "time" ? "" : id })}
        />
      </ViewHead>
      <AttackTimeline guard={guard} />
      <Filters guard={guard} address={address} user={user} />
      {list.failure === null ? null : (
        <FailureNotice failure={list.failure} again={() => void loadPastIncidents()} />
      )}
      {chosen === "time" ? (
        <IncidentTable incidents={incidents} isComplete={list.isComplete} />
      ) : (
        <Groups incidents={incidents} by={chosen} isComplete={list.isComplete} />
      )}
    </>
  );
}

function About({ shown, left }: { readonly shown: number; readonly left: number }): VNode {
  const missing =
    left === 0
      ? ""
      : `; ${formatCount(left)} more events came too fast to be shown one by one, and are counted above`;
  return <>{`The last ${formatCount(shown)} refusals and alerts${missing}`}</>;
}

function Filters({
  guard,
  address,
  user,
}: {
  readonly guard: string;
  readonly address: string;
  readonly user: string;
}): VNode {
  const isFiltered = guard !== "" || address !== "" || user !== "";
  const canBan = address !== "" && mayAct("operator");
  const [banning, setBanning] = useState(false);
  return (
    <div class="filters" role="search" aria-label="Filter incidents">
      <FilterField label="Guard" value={guard} change={(value) => setFilters({ guard: value })} />
      <FilterField label="Address" value={address} change={(value) => setFilters({ address: value })} />
      <FilterField label="User" value={user} change={(value) => setFilters({ user: value })} />
      {isFiltered ? (
        <button type="button" class="button" onClick={() => setFilters({ guard: "", address: "", user: "" })}>
          Show all
        </button>
      ) : null}
      {canBan ? (
        <button type="button" class="button button-bad" onClick={() => setBanning(true)}>
          Ban this address…
        </button>
      ) : null}
      {address === "" && user === "" ? null : (
        <a class="button" href={hrefOf("connections", [], { address, user })}>
          Its connections
        </a>
      )}
      {banning ? <BanDialog address={address} close={() => setBanning(false)} /> : null}
    </div>
  );
}

interface ListProps {
  readonly incidents: readonly Incident[];
  readonly isComplete: boolean;
}

function IncidentTable({ incidents, isComplete }: ListProps): VNode {
  return (
    <DataTable<Incident>
      label="Incidents, the newest first"
      columns={incidentColumns}
      rows={incidents}
      idOf={({ incident }) => incident}
      open={({ incident }) => goTo(hrefOf("attacks", [incident], place.value.query))}
      from={placeBefore.value?.rest[0]}
    >
      <Nothing isComplete={isComplete} />
    </DataTable>
  );
}

function Groups({ incidents, by, isComplete }: ListProps & { readonly by: Grouping }): VNode {
  const groups = useMemo(() => groupIncidents(incidents, by), [incidents, by]);
  return (
    <GroupTable groups={groups} by={by}>
      <Nothing isComplete={isComplete} />
    </GroupTable>
  );
}

function Nothing({ isComplete }: { readonly isComplete: boolean }): VNode {
  const { guard, address, user } = place.value.query;
  if (!isComplete) return <Loading what="Asking what was refused" />;
  if (guard !== undefined || address !== undefined || user !== undefined)
    return (
      <Empty icon="attacks" title="Nothing of the kind">
        Nothing that the gateway remembers is like that. Older incidents are in the journal.
      </Empty>
    );
  return (
    <Empty icon="attacks" title="Nothing was refused">
      No guard had to refuse anything, and the watch noticed nothing. To see what an attack looks like, run{" "}
      <code>sallyport-scan</code> against this gateway.
    </Empty>
  );
}
