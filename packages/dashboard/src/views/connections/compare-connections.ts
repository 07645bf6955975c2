import type { SessionView } from "../../api/session-view.ts";
import type { Order } from "../../parts/data-table.tsx";

/** So much of a name counts for the gate. */
const MAX_NAME = 128;

const VALUES: Readonly<Record<string, (row: SessionView) => string | number>> = {
  user: ({ user }) => (user ?? "").slice(0, MAX_NAME),
  address: ({ address }) => address,
  route: ({ route }) => route.slice(0, MAX_NAME),
  // Those that are open for the longest have the greatest value.
  opened: ({ openedAt }) => -Date.parse(openedAt),
  ends: ({ expiresAt }) => (expiresAt === null ? Infinity : Date.parse(expiresAt)),
  inbound: ({ inbound }) => inbound.bytes,
  outbound: ({ outbound }) => outbound.bytes,
  waiting: ({ waitingBytes }) => waitingBytes,
};

/** Compares connections as the gate does that lists them: by what a column shows, then by id. */
export function compareConnections({
  key,
  descending,
}: Order): (one: SessionView, other: SessionView) => number {
  const value = VALUES[key] ?? (() => 0);
  const way = descending ? -1 : 1;
  return (one, other) => {
    const [of, than] = [value(one), value(other)];
    if (of !== than) return of < than ? -way : way;
    return one.session < other.session ? -1 : Number(one.session > other.session);
  };
}

/** How the gate is asked for an order. It has the time of opening, where the page shows for how long. */
export function sortQueryOf({ key, descending }: Order): Readonly<Record<string, string>> {
  return { sort: key, descending: String(key === "opened" ? !descending : descending) };
}
