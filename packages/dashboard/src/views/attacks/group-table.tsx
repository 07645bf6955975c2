import type { ComponentChildren, VNode } from "preact";

import type { Grouping, IncidentGroup } from "../../api/incident.ts";
import { DataTable, type Column } from "../../parts/data-table.tsx";
import { formatCount } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { Time } from "../../parts/time.tsx";
import { goTo, hrefOf, place, placeBefore } from "../../shell/place.ts";

const TITLES: Readonly<Record<Grouping, string>> = { address: "Address", user: "User", guard: "Guard" };
const UNKNOWN: Readonly<Record<Grouping, string>> = {
  address: "no single address",
  user: "nobody known",
  guard: "–",
};

function countColumn(key: "addresses" | "users", title: string): Column<IncidentGroup> {
  return { key, title, width: "5.25rem", numeric: true, cell: (group) => formatCount(group[key]) };
}

function columnsBy(by: Grouping): readonly Column<IncidentGroup>[] {
  return [
    {
      key: "key",
      title: TITLES[by],
      width: "minmax(8.75rem, 1.2fr)",
      narrow: "minmax(0, 1fr)",
      cell: ({ key }) =>
        key === null ? <span class="muted">{UNKNOWN[by]}</span> : <InertText text={key} most={80} line />,
    },
    {
      key: "count",
      title: "Incidents",
      width: "5.25rem",
      narrow: "4.625rem",
      numeric: true,
      cell: (group) => formatCount(group.count),
    },
    {
      key: "alerts",
      title: "Alerts",
      width: "4rem",
      numeric: true,
      cell: ({ alerts }) => (alerts === 0 ? <span class="muted">–</span> : formatCount(alerts)),
    },
    ...(by === "address" ? [] : [countColumn("addresses", "Addresses")]),
    ...(by === "user" ? [] : [countColumn("users", "Users")]),
    {
      key: "guards",
      title: "Guards",
      width: "minmax(11.25rem, 2fr)",
      cell: ({ guards }) => guards.map(([guard, times]) => `${guard} ${formatCount(times)}`).join(", "),
    },
    { key: "first", title: "First", width: "7.375rem", cell: ({ firstAt }) => <Time at={firstAt} /> },
    {
      key: "last",
      title: "Last",
      width: "7.375rem",
      narrow: "4.375rem",
      cell: ({ lastAt }) => <Time at={lastAt} />,
    },
  ];
}

const columns: Readonly<Record<Grouping, readonly Column<IncidentGroup>[]>> = {
  address: columnsBy("address"),
  user: columnsBy("user"),
  guard: columnsBy("guard"),
};

/** Incidents put together: a row leads to those that are in it. */
export function GroupTable({
  groups,
  by,
  children,
}: {
  readonly groups: readonly IncidentGroup[];
  readonly by: Grouping;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <DataTable<IncidentGroup>
      label={`Incidents by ${by}, those with the most first`}
      columns={columns[by]}
      rows={groups}
      idOf={({ key }) => key ?? ""}
      open={({ key }) => {
        if (key !== null) goTo(hrefOf("attacks", [], { ...place.value.query, [by]: key, by: "" }));
      }}
      from={placeBefore.value?.query[by]}
    >
      {children}
    </DataTable>
  );
}
