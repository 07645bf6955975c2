import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { gateNow, live } from "../../api/live.ts";
import type { SessionView } from "../../api/session-view.ts";
import { DataTable, type Order } from "../../parts/data-table.tsx";
import { FilterChoice, FilterField } from "../../parts/filter-field.tsx";
import { formatClock } from "../../parts/format-time.ts";
import { formatCount } from "../../parts/format-number.ts";
import { Empty, FailureNotice, Loading } from "../../parts/notice.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { hrefOf, place, setFilters } from "../../shell/place.ts";
import { columns, sorted } from "./connection-columns.tsx";
import { filterOf, isInState, states, type ConnectionFilter } from "./filter.ts";
import { keepConnections, type ConnectionList } from "./open-connections.ts";

/** All connections that the filters mean. */
export function ConnectionListView(): VNode {
  const filter = filterOf(place.value.query);
  const asked = `${filter.user}\n${filter.address}\n${filter.route}`;
  const kept = useMemo(() => keepConnections(filter), [asked]);
  useEffect(() => () => kept.close(), [kept]);
  const [order, setOrder] = useState<Order>({ key: "opened", descending: true });
  const list = kept.list.value;
  const rows = useMemo(() => {
    const now = gateNow();
    return sorted(
      list.rows.filter((row) => isInState(row, filter.state, now)),
      order,
    );
  }, [list.rows, filter.state, order]);
  return (
    <>
      <ViewHead title="Connections" about={<About list={list} shown={rows.length} filter={filter} />}>
        {list.isStale ? <span class="tag tag-warn">More have come or gone</span> : null}
        <button type="button" class="button" onClick={() => kept.reload()} disabled={list.isLoading}>
          Load again
        </button>
      </ViewHead>
      <Filters filter={filter} />
      {list.failure === null ? null : <FailureNotice failure={list.failure} again={() => kept.reload()} />}
      <DataTable<SessionView>
        label="Open connections"
        columns={columns}
        rows={rows}
        idOf={({ session }) => session}
        open={({ session }) => {
          location.hash = hrefOf("connections", [session], place.value.query);
        }}
        order={order}
        setOrder={setOrder}
      >
        <NoRows list={list} filter={filter} />
      </DataTable>
    </>
  );
}

function About({
  list: { rows, matching, isLoading, askedAt },
  shown,
  filter,
}: {
  readonly list: ConnectionList;
  readonly shown: number;
  readonly filter: ConnectionFilter;
}): VNode {
  const of = filter.state === "" && shown === matching ? "" : ` of ${formatCount(matching)}`;
  const when = isLoading
    ? `; loading, ${formatCount(rows.length)} so far`
    : askedAt === 0
      ? ""
      : `; figures of ${formatClock(askedAt)}`;
  return <span role="status">{`${formatCount(shown)}${of} open${when}`}</span>;
}

function Filters({ filter }: { readonly filter: ConnectionFilter }): VNode {
  const routes = Object.keys(live.sample.value?.perRoute ?? {});
  const known = filter.route === "" || routes.includes(filter.route) ? routes : [filter.route, ...routes];
  return (
    <div class="filters" role="search" aria-label="Filter connections">
      <FilterField label="User" value={filter.user} change={(user) => setFilters({ user })} />
      <FilterField
        label="Address or range"
        placeholder="203.0.113.0/24"
        value={filter.address}
        change={(address) => setFilters({ address })}
      />
      <FilterChoice
        label="Route"
        value={filter.route}
        choices={[{ value: "", title: "Any" }, ...known.map((route) => ({ value: route, title: route }))]}
        change={(route) => setFilters({ route })}
      />
      <FilterChoice
        label="State"
        value={filter.state}
        choices={states}
        change={(state) => setFilters({ state })}
      />
    </div>
  );
}

function NoRows({
  list,
  filter,
}: {
  readonly list: ConnectionList;
  readonly filter: ConnectionFilter;
}): VNode {
  if (list.isLoading) return <Loading what="Asking who is connected" />;
  const isFiltered = Object.values(filter).some((value) => value !== "");
  return isFiltered ? (
    <Empty icon="connections" title="No connection is like that">
      <button
        type="button"
        class="more"
        onClick={() => setFilters({ user: "", address: "", route: "", state: "" })}
      >
        Show all connections
      </button>
    </Empty>
  ) : (
    <Empty icon="connections" title="Nobody is connected">
      Connections appear here as they open. Refused ones are under <a href={hrefOf("attacks")}>Attacks</a>.
    </Empty>
  );
}
