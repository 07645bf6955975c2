import { signal, type ReadonlySignal } from "@preact/signals";

import type { SeenEvent } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask } from "../../api/ask.ts";
import { gateNow, live, onEvents } from "../../api/live.ts";
import type { SessionPage, SessionView } from "../../api/session-view.ts";
import type { Order } from "../../parts/data-table.tsx";
import { applyEvents } from "./apply-events.ts";
import { queryOf, type ConnectionFilter } from "./filter.ts";

/** The list of open connections, as far as it is known. */
export interface ConnectionList {
  /** The first of them, in the order that is wanted. */
  readonly rows: readonly SessionView[];
  /** How many the gate has of them. */
  readonly matching: number;
  /** Whether there are more than `rows`, which are loaded when they are wanted. */
  readonly isMore: boolean;
  readonly isLoading: boolean;
  readonly failure: Failure | null;
  /** Connections may have come and gone of which the page was not told. */
  readonly isStale: boolean;
  /** Nodes that did not say what they carry. */
  readonly unanswered: readonly string[];
  /** When its figures were asked for; milliseconds since the epoch, by this machine. */
  readonly askedAt: number;
}

/** A list that is kept. */
export interface KeptConnections {
  readonly list: ReadonlySignal<ConnectionList>;
  /** So many rows are seen: they are loaded where they are not there. */
  want(count: number): void;
  /** Asks for everything anew. */
  reload(): void;
  close(): void;
}

const PAGE = 1000;
/** More rows nobody scrolls through, and each takes a kilobyte. */
export const MOST_CONNECTIONS = 50_000;
/** As long as the first page is all that is seen it is asked for so often, so that its figures live. */
const REFRESH_MS = 10_000;

const nothing: ConnectionList = {
  rows: [],
  matching: 0,
  isMore: false,
  isLoading: true,
  failure: null,
  isStale: false,
  unanswered: [],
  askedAt: 0,
};

/** What operators call the node that tells of what opens and closes; `null`: there is one. */
function nodeOf(): string | null {
  return live.hello.value?.node ?? null;
}

/**
 * Loads the connections that a filter means in an order, a page when it is wanted, and keeps them in step with what opens and closes. The gate
 * has them all: it filters and sorts.
 *
 * @param shown the same in another order, which stays until the gate has answered
 */
export function keepConnections(
  filter: ConnectionFilter,
  order: Order,
  shown: ConnectionList = nothing,
): KeptConnections {
  const list = signal(shown);
  let life = new AbortController();
  let [wanted, cursor]: [number, string | null] = [0, null];
  const change = (changes: Partial<ConnectionList>): void => {
    list.value = { ...list.value, ...changes };
  };
  const load = async (isFirst: boolean): Promise<void> => {
    const { signal: aborted } = life;
    const query = {
      ...queryOf(filter, order),
      limit: String(PAGE),
      ...(isFirst || cursor === null ? {} : { cursor }),
    };
    const answer = await ask<SessionPage>(`/sessions?${new URLSearchParams(query).toString()}`, {
      signal: aborted,
    });
    if (aborted.aborted) return;
    if (!answer.ok) return change({ isLoading: false, failure: answer });
    const { sessions, matching, next, unanswered = [] } = answer.body;
    // A value may have changed between two pages, and with it its place.
    const before = isFirst ? [] : list.value.rows;
    const known = new Set(before.map(({ session }) => session));
    const rows = [...before, ...sessions.filter(({ session }) => !known.has(session))];
    cursor = rows.length < MOST_CONNECTIONS ? next : null;
    change({ rows, matching, isMore: cursor !== null, isLoading: false, unanswered });
    more();
  };
  const more = (): void => {
    const { rows, isMore, isLoading } = list.value;
    if (!isMore || isLoading || wanted <= rows.length) return;
    change({ isLoading: true });
    void load(false);
  };
  const reload = (): void => {
    life.abort();
    life = new AbortController();
    change({ isLoading: true, failure: null, isStale: false, askedAt: Date.now() });
    void load(true);
  };
  const take = (events: readonly SeenEvent[], left: number): void => {
    const { rows, matching, isMore, isStale } = list.value;
    const applied = applyEvents({ events, filter, order, rows, isMore, now: gateNow(), node: nodeOf() });
    if (applied === null && left === 0) return;
    change({
      rows: applied?.rows ?? rows,
      matching: Math.max(0, matching + (applied?.more ?? 0)),
      isStale: isStale || left > 0 || applied?.isUnsure === true,
    });
  };
  const stop = onEvents(take);
  const timer = setInterval(() => {
    const { isLoading, rows } = list.value;
    if (!isLoading && rows.length <= PAGE && document.visibilityState === "visible") reload();
  }, REFRESH_MS);
  reload();
  return {
    list,
    want(count) {
      wanted = count;
      more();
    },
    reload,
    close() {
      life.abort();
      stop();
      clearInterval(timer);
    },
  };
}
