import type { Incident } from "../../api/incident.ts";
import type { Column } from "../../parts/data-table.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import { Time } from "../../parts/time.tsx";
import { VerdictTag } from "../../parts/verdict-tag.tsx";

const unknown = <span class="muted">–</span>;

/** The columns of the list of incidents. */
export const incidentColumns: readonly Column<Incident>[] = [
  { key: "at", title: "When", width: "4.75rem", narrow: "4.125rem", cell: ({ at }) => <Time at={at} /> },
  {
    key: "verdict",
    title: "What",
    width: "5.125rem",
    narrow: "4.75rem",
    cell: ({ verdict, severity }) => <VerdictTag verdict={verdict} severity={severity} />,
  },
  {
    key: "code",
    title: "Rule",
    width: "minmax(9.375rem, 1fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ code }) => code,
  },
  {
    key: "address",
    title: "Address",
    width: "minmax(6.875rem, 0.9fr)",
    cell: ({ address }) => (address === null ? unknown : <InertText text={address} line />),
  },
  {
    key: "user",
    title: "User",
    width: "minmax(5rem, 0.7fr)",
    cell: ({ user }) => (user === null ? unknown : <InertText text={user} most={80} line />),
  },
  {
    key: "route",
    title: "Route",
    width: "minmax(5rem, 0.7fr)",
    cell: ({ route }) => (route === null ? unknown : <InertText text={route} line />),
  },
  {
    key: "detail",
    title: "Found",
    width: "minmax(9rem, 2fr)",
    cell: ({ detail }) => <InertText coded text={detail} line />,
  },
];
