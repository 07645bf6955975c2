import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { live } from "../../api/live.ts";
import { useSharedState } from "../../api/use-shared-state.ts";
import type { SessionView } from "../../api/session-view.ts";
import { BusyButton } from "../../parts/busy-button.tsx";
import { DataTable, type Order } from "../../parts/data-table.tsx";
import { FilterChoice, type FilterChoiceProps, FilterField } from "../../parts/filter-field.tsx";
import { formatClock } from "../../parts/format-time.ts";
import { formatCount } from "../../parts/format-number.ts";
import { inertText } from "../../parts/inert.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { Empty, FailureNotice, Loading } from "../../parts/notice.tsx";
import { ProblemLine } from "../../parts/problem-line.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { goTo, hrefOf, place, placeBefore, setFilters } from "../../shell/place.ts";
import { columnsOf } from "./connection-columns.tsx";
import { filterOf, states, type ConnectionFilter } from "./filter.ts";
import {
  keepConnections,
  type ConnectionList,
  type KeptConnections,
  MOST_CONNECTIONS,
} from "./open-connections.ts";

/** All connections that the filters mean. */
export function ConnectionListView(): VNode {
  const filter = filterOf(place.value.query);
  const [order, setOrder] = useState<Order>({ key: "opened", descending: true });
  const kept = useKeptConnections(filter, order);
  const list = kept.list.value;
  const areSeveral = live.hello.value?.node != null;
  const { rows, matching, isMore } = list;
  return (
    <>
      <ViewHead title="Connections" about={<About list={list} />}>
        {list.isStale ? <span class="tag tag-warn">More have come or gone</span> : null}
        <BusyButton isBusy={list.isLoading} press={() => kept.reload()}>
          Load again
        </BusyButton>
      </ViewHead>
      <Filters filter={filter} />
      {list.failure === null ? null : <FailureNotice failure={list.failure} again={() => kept.reload()} />}
      <Unanswered nodes={list.unanswered} />
      <DataTable<SessionView>
        label="Open connections"
        columns={columnsOf(areSeveral)}
        rows={rows}
        total={isMore ? Math.min(matching, MOST_CONNECTIONS) : rows.length}
        want={(count) => kept.want(count)}
        idOf={({ session }) => session}
        open={({ session }) => goTo(hrefOf("connections", [session], place.value.query))}
        from={placeBefore.value?.rest[0]}
        order={order}
        setOrder={setOrder}
      >
        <NoRows list={list} filter={filter} />
      </DataTable>
    </>
  );
}

/** Whoever orders a list anew stays at it: it is not taken away meanwhile. */
function useKeptConnections(filter: ConnectionFilter, order: Order): KeptConnections {
  const written = JSON.stringify(filter);
  const before = useRef<{ readonly written: string; readonly kept: KeptConnections } | null>(null);
  const kept = useMemo(() => {
    const { current } = before;
    return keepConnections(
      filter,
      order,
      current?.written === written ? current.kept.list.peek() : undefined,
    );
  }, [written, order]);
  before.current = { written, kept };
  useEffect(() => () => kept.close(), [kept]);
  return kept;
}

function About({ list: { matching, isLoading, askedAt } }: { readonly list: ConnectionList }): VNode {
  const when = isLoading ? "; loading" : askedAt === 0 ? "" : `; figures of ${formatClock(askedAt)}`;
  const most =
    matching > MOST_CONNECTIONS ? `; the first ${formatCount(MOST_CONNECTIONS)} can be scrolled through` : "";
  return <span role="status">{`${formatCount(matching)} open${most}${when}`}</span>;
}

function Filters({ filter }: { readonly filter: ConnectionFilter }): VNode {
  const areSeveral = live.hello.value?.node != null;
  const nodes = useSharedState(areSeveral)?.nodes.map(({ name }) => name) ?? [];
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
        choices={choicesOf(Object.keys(live.sample.value?.perRoute ?? {}), filter.route)}
        change={(route) => setFilters({ route })}
      />
      <FilterChoice
        label="State"
        value={filter.state}
        choices={states}
        change={(state) => setFilters({ state })}
      />
      {areSeveral || filter.node !== "" ? (
        <FilterChoice
          label="Node"
          value={filter.node}
          choices={choicesOf(nodes, filter.node)}
          change={(node) => setFilters({ node })}
        />
      ) : null}
    </div>
  );
}

/** What there is to choose among. What is chosen stays, also when it is there no longer. */
function choicesOf(known: readonly string[], chosen: string): FilterChoiceProps["choices"] {
  const all = new Set(chosen === "" ? known : [chosen, ...known]);
  return [{ value: "", title: "Any" }, ...[...all].map((value) => ({ value, title: inertText(value) }))];
}

/** What is missing is not to be taken for what is not there. */
function Unanswered({ nodes }: { readonly nodes: readonly string[] }): VNode | null {
  if (nodes.length === 0) return null;
  return (
    <ProblemLine>
      No answer from{" "}
      {nodes.map((node, at) => (
        <span key={node}>
          {at > 0 ? ", " : ""}
          <InertText text={node} most={128} />
        </span>
      ))}
      : what {nodes.length === 1 ? "it carries" : "they carry"} is missing here.
    </ProblemLine>
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
        onClick={() => setFilters({ user: "", address: "", route: "", state: "", node: "" })}
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
