import type { SeenEvent } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { viewOfOpened, type SessionView } from "../../api/session-view.ts";
import type { Order } from "../../parts/data-table.tsx";
import { compareConnections } from "./compare-connections.ts";
import { isInState, isMeant, type ConnectionFilter } from "./filter.ts";

/** Rows, and what has happened since. */
export interface EventsToApply {
  readonly events: readonly SeenEvent[];
  readonly filter: ConnectionFilter;
  readonly order: Order;
  /** In that order. */
  readonly rows: readonly SessionView[];
  /** There are more behind these. */
  readonly isMore: boolean;
  /** By the gate's clock, milliseconds since the epoch. */
  readonly now: number;
  /** The node that tells of them; `null`: there is one. */
  readonly node: string | null;
}

/** What came of it. */
export interface AppliedEvents {
  readonly rows: readonly SessionView[];
  /** How many more match now; less than 0: fewer. */
  readonly more: number;
  /** Only the gate can say of some whether they match. */
  readonly isUnsure: boolean;
}

/** Takes from rows what has closed, and puts what has opened in its place. `null`: that changes nothing. */
export function applyEvents({
  events,
  filter,
  order,
  rows,
  isMore,
  now,
  node,
}: EventsToApply): AppliedEvents | null {
  const opened = new Map<string, SessionView>();
  const closed = new Set<string>();
  let isUnsure = false;
  for (const event of events) {
    if (event.type === "closed" && !opened.delete(event.session)) closed.add(event.session);
    if (event.type !== "open") continue;
    const meant = isMeant(event, filter, node);
    if (meant === null) isUnsure = true;
    const view = viewOfOpened(event, node);
    if (meant === true && isInState(view, filter.state, now)) opened.set(event.session, view);
  }
  if (opened.size + closed.size === 0 && !isUnsure) return null;
  const left = rows.filter(({ session }) => {
    // What was loaded says more than its event.
    opened.delete(session);
    return !closed.has(session);
  });
  const gone = rows.length - left.length;
  const isFiltered = Object.values(filter).some((value) => value !== "");
  // Of what closed out of sight nobody knows whether it matched, where anything is asked for.
  const unseen = isMore ? closed.size - gone : 0;
  for (const view of opened.values()) insert(left, view, { order, isMore });
  return {
    rows: left,
    more: opened.size - gone - (isFiltered ? 0 : unseen),
    isUnsure: isUnsure || (isFiltered && unseen > 0),
  };
}

/** What stands behind all that are there is seen when the rest is loaded. */
function insert(
  rows: SessionView[],
  view: SessionView,
  { order, isMore }: Pick<EventsToApply, "order" | "isMore">,
): void {
  const compare = compareConnections(order);
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = rows[middle];
    if (other === undefined || compare(view, other) < 0) high = middle;
    else low = middle + 1;
  }
  if (low < rows.length || !isMore) rows.splice(low, 0, view);
}
