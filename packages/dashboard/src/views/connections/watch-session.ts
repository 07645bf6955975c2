import { signal, type ReadonlySignal } from "@preact/signals";

import type { Failure } from "../../api/answer.ts";
import { onEvents, watchLive } from "../../api/live.ts";
import type { SessionView } from "../../api/session-view.ts";
import { ratesBetween, type LaneRates, type SeenSession } from "./lane-rates.ts";

/** What is known of one connection. */
export interface WatchedSession {
  /** `null`: not known yet. It stays when the connection ends. */
  readonly session: SessionView | null;
  /** The last minutes, the oldest first. */
  readonly rates: readonly LaneRates[];
  /** Why it cannot be seen. */
  readonly failure: Failure | null;
  /** It was open when it was first looked at, and is not any more. */
  readonly hasEnded: boolean;
  /** How it ended, where the gate told. */
  readonly end: { readonly closeCode: number; readonly closedBy: string } | null;
}

/** Five minutes. */
const MOST = 300;

const nothing: WatchedSession = { session: null, rates: [], failure: null, hasEnded: false, end: null };

/** Has the gate tell of one connection each second, as long as it is open. Answers what ends that. */
export function watchSession(id: string): {
  readonly watched: ReadonlySignal<WatchedSession>;
  readonly close: () => void;
} {
  const watched = signal(nothing);
  let before: SeenSession | null = null;
  const change = (changes: Partial<WatchedSession>): void => {
    watched.value = { ...watched.value, ...changes };
  };
  const leave = watchLive(id, ({ at, session, unanswered }) => {
    const { session: known, rates, hasEnded } = watched.value;
    if (hasEnded) return;
    if (session === null) {
      // It may be that node's.
      if (unanswered.length > 0)
        return change({ failure: unseen(`no answer from ${unanswered.join(", ")}`) });
      return change(known === null ? { failure: unseen("no such connection is open") } : { hasEnded: true });
    }
    const now = { at, session };
    const rate = before === null ? null : ratesBetween(before, now);
    before = now;
    change({ session, failure: null, rates: rate === null ? rates : [...rates, rate].slice(-MOST) });
  });
  const stop = onEvents((events) => {
    for (const event of events)
      if (event.type === "closed" && event.session === id)
        change({ hasEnded: true, end: { closeCode: event.closeCode, closedBy: event.closedBy } });
  });
  return {
    watched,
    close() {
      leave();
      stop();
    },
  };
}

function unseen(sentence: string): Failure {
  return { ok: false, trouble: "missing", sentence, problems: [], body: null };
}
