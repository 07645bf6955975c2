import type { VNode } from "preact";

import { gateNow } from "../../api/live.ts";
import type { LaneTotals, SessionView } from "../../api/session-view.ts";
import type { Column } from "../../parts/data-table.tsx";
import { formatBytes, formatCount, formatDuration } from "../../parts/format-number.ts";
import { formatUtc } from "../../parts/format-time.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { Quantity } from "../../parts/quantity.tsx";

/** The columns of the list of connections. */
const columns: readonly Column<SessionView>[] = [
  {
    key: "user",
    title: "User",
    width: "minmax(6rem, 1.5fr)",
    narrow: "minmax(0, 1.2fr)",
    sorts: true,
    cell: ({ user }) => <User user={user} />,
  },
  {
    key: "address",
    title: "Address",
    width: "minmax(6.5rem, 1.2fr)",
    narrow: "minmax(0, 1fr)",
    sorts: true,
    cell: ({ address }) => <InertText text={address} line />,
  },
  {
    key: "route",
    title: "Route",
    width: "minmax(4rem, 1.2fr)",
    sorts: true,
    cell: ({ route }) => <InertText text={route} line />,
  },
  {
    key: "opened",
    title: "Open for",
    width: "4.625rem",
    narrow: "4.75rem",
    numeric: true,
    sorts: true,
    cell: ({ openedAt }) => <Since at={openedAt} />,
  },
  {
    key: "ends",
    title: "Proof ends",
    width: "5.625rem",
    numeric: true,
    sorts: true,
    cell: ({ expiresAt }) => <Until at={expiresAt} />,
  },
  {
    key: "inbound",
    title: "In",
    width: "6.625rem",
    numeric: true,
    sorts: true,
    cell: ({ inbound }) => <Lane lane={inbound} />,
  },
  {
    key: "outbound",
    title: "Out",
    width: "6.625rem",
    numeric: true,
    sorts: true,
    cell: ({ outbound }) => <Lane lane={outbound} />,
  },
  {
    key: "waiting",
    title: "Waiting",
    width: "4.125rem",
    numeric: true,
    sorts: true,
    cell: ({ waitingBytes }) =>
      waitingBytes === 0 ? <span class="muted">–</span> : <Quantity value={formatBytes(waitingBytes)} />,
  },
];

const node: Column<SessionView> = {
  key: "node",
  title: "Node",
  width: "minmax(5rem, 1fr)",
  cell: ({ node: name = "" }) =>
    name === "" ? <span class="muted">–</span> : <InertText text={name} line most={128} />,
};

const columnsOfSeveral: readonly Column<SessionView>[] = columns.flatMap((column) =>
  column.key === "route" ? [column, node] : [column],
);

/** The columns of the list of connections: the node that carries one among them, where there are several. */
export function columnsOf(areSeveral: boolean): readonly Column<SessionView>[] {
  return areSeveral ? columnsOfSeveral : columns;
}

/** A user's name as it is; or that there is none. */
export function User({ user }: { readonly user: string | null }): VNode {
  return user === null ? <span class="muted">anonymous</span> : <InertText text={user} most={80} line />;
}

function Since({ at }: { readonly at: string }): VNode {
  const moment = Date.parse(at);
  return <span title={formatUtc(moment)}>{formatDuration(gateNow() - moment)}</span>;
}

function Until({ at }: { readonly at: string | null }): VNode {
  if (at === null) return <span class="muted">never</span>;
  const moment = Date.parse(at);
  const leftMs = moment - gateNow();
  return <span title={formatUtc(moment)}>{leftMs <= 0 ? "ended" : formatDuration(leftMs)}</span>;
}

function Lane({ lane: { messages, bytes } }: { readonly lane: LaneTotals }): VNode {
  return (
    <span title={`${formatCount(messages)} messages`}>
      <Quantity value={formatBytes(bytes)} /> <span class="muted">· {compact.format(messages)}</span>
    </span>
  );
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
