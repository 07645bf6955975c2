import { signal, type ReadonlySignal } from "@preact/signals";

import type { SeenEvent } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask } from "../../api/ask.ts";
import { onEvents } from "../../api/live.ts";
import { viewOfOpened, type SessionPage, type SessionView } from "../../api/session-view.ts";
import { isMeant, queryOf, type ConnectionFilter } from "./filter.ts";

/** The list of open connections, as far as it is known. */
export interface ConnectionList {
  /** The oldest first. */
  readonly rows: readonly SessionView[];
  /** How many the gate has of them. */
  readonly matching: number;
  readonly isLoading: boolean;
  readonly failure: Failure | null;
  /** Connections may have come and gone of which the page was not told. */
  readonly isStale: boolean;
  /** When its figures were asked for; milliseconds since the epoch, by this machine. */
  readonly askedAt: number;
}

/** A list that is kept. */
export interface KeptConnections {
  readonly list: ReadonlySignal<ConnectionList>;
  /** Asks for everything anew. */
  reload(): void;
  close(): void;
}

const PAGE = 1000;
/** More rows nobody scrolls through, and each takes a kilobyte. */
const MOST = 50_000;
/** A list that is one page is asked for so often, so that its figures live. */
const REFRESH_MS = 10_000;

const nothing: ConnectionList = {
  rows: [],
  matching: 0,
  isLoading: true,
  failure: null,
  isStale: false,
  askedAt: 0,
};

/** Loads the connections that a filter means, page by page, and keeps them in step with what opens and closes. */
export function keepConnections(filter: ConnectionFilter): KeptConnections {
  const list = signal(nothing);
  const rows = new Map<string, SessionView>();
  let life = new AbortController();
  const change = (changes: Partial<ConnectionList>): void => {
    list.value = { ...list.value, ...changes };
  };
  const load = (): void => {
    life.abort();
    life = new AbortController();
    change({ isLoading: true, failure: null, isStale: false, askedAt: Date.now() });
    void loadPages({ filter, rows, change, signal: life.signal });
  };
  const stop = onEvents((events, left) => {
    const changed = applyEvents({ events, filter, rows });
    if (left > 0 || changed === null) change({ isStale: true });
    if (changed !== false)
      change({ rows: [...rows.values()], matching: Math.max(list.value.matching, rows.size) });
  });
  const timer = setInterval(() => {
    const { isLoading, matching } = list.value;
    if (!isLoading && matching <= PAGE && document.visibilityState === "visible") load();
  }, REFRESH_MS);
  load();
  return {
    list,
    reload: load,
    close() {
      life.abort();
      stop();
      clearInterval(timer);
    },
  };
}

interface Loading {
  readonly filter: ConnectionFilter;
  readonly rows: Map<string, SessionView>;
  readonly change: (changes: Partial<ConnectionList>) => void;
  readonly signal: AbortSignal;
}

async function loadPages({ filter, rows, change, signal: aborted }: Loading): Promise<void> {
  const seen = new Map<string, SessionView>();
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({
      ...queryOf(filter),
      limit: String(PAGE),
      ...(cursor === null ? {} : { cursor }),
    });
    const answer = await ask<SessionPage>(`/sessions?${query.toString()}`, { signal: aborted });
    if (aborted.aborted) return;
    if (!answer.ok) return change({ isLoading: false, failure: answer });
    const { sessions, matching, next }: SessionPage = answer.body;
    for (const session of sessions) seen.set(session.session, session);
    cursor = seen.size < MOST ? next : null;
    // The first screen is there at once; what was there before stays until its page has come.
    if (cursor === null) rows.clear();
    for (const [id, session] of seen) rows.set(id, session);
    change({ rows: [...rows.values()], matching, isLoading: cursor !== null });
  } while (cursor !== null);
}

/** Whether something has changed; `null`: something may have. */
function applyEvents({
  events,
  filter,
  rows,
}: {
  readonly events: readonly SeenEvent[];
  readonly filter: ConnectionFilter;
  readonly rows: Map<string, SessionView>;
}): boolean | null {
  let [changed, unsure] = [false, false];
  for (const event of events) {
    if (event.type === "closed") changed = rows.delete(event.session) || changed;
    if (event.type !== "open" || rows.has(event.session)) continue;
    const meant = isMeant(event, filter);
    if (meant === null) unsure = true;
    if (meant !== true || rows.size >= MOST) continue;
    rows.set(event.session, viewOfOpened(event));
    changed = true;
  }
  return changed || (unsure ? null : false);
}
