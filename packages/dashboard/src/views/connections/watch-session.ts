import { signal, type ReadonlySignal } from "@preact/signals";

import type { Failure } from "../../api/answer.ts";
import { ask } from "../../api/ask.ts";
import { gateNow, onEvents } from "../../api/live.ts";
import type { SessionView } from "../../api/session-view.ts";
import { ratesBetween, type LaneRates, type SeenSession } from "./lane-rates.ts";

/** What is known of one connection. */
export interface WatchedSession {
  /** `null`: not known yet. It stays when the connection ends. */
  readonly session: SessionView | null;
  /** The last minutes, the oldest first. */
  readonly rates: readonly LaneRates[];
  /** Why it ended, or cannot be seen. */
  readonly failure: Failure | null;
  /** It was open when it was first looked at, and is not any more. */
  readonly hasEnded: boolean;
  /** How it ended, where the gate told. */
  readonly end: { readonly closeCode: number; readonly closedBy: string } | null;
}

const EVERY_MS = 2000;
/** Five minutes. */
const MOST = 150;

const nothing: WatchedSession = { session: null, rates: [], failure: null, hasEnded: false, end: null };

/** Looks at one connection every two seconds, as long as it is open. Answers what ends that. */
export function watchSession(id: string): {
  readonly watched: ReadonlySignal<WatchedSession>;
  readonly close: () => void;
} {
  const watched = signal(nothing);
  const life = new AbortController();
  let before: SeenSession | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const change = (changes: Partial<WatchedSession>): void => {
    watched.value = { ...watched.value, ...changes };
  };
  const look = async (): Promise<void> => {
    const answer = await ask<SessionView>(`/sessions/${encodeURIComponent(id)}`, { signal: life.signal });
    if (life.signal.aborted || watched.value.hasEnded) return;
    if (answer.ok) {
      const now = { at: gateNow(), session: answer.body };
      const rates = before === null ? null : ratesBetween(before, now);
      before = now;
      change({
        session: answer.body,
        failure: null,
        rates: rates === null ? watched.value.rates : [...watched.value.rates, rates].slice(-MOST),
      });
    } else {
      const isGone = answer.trouble === "missing";
      change({ failure: answer, hasEnded: isGone && watched.value.session !== null });
      if (isGone) return;
    }
    timer = setTimeout(() => void look(), EVERY_MS);
  };
  const stop = onEvents((events) => {
    for (const event of events)
      if (event.type === "closed" && event.session === id)
        change({ hasEnded: true, end: { closeCode: event.closeCode, closedBy: event.closedBy } });
  });
  void look();
  return {
    watched,
    close() {
      life.abort();
      clearTimeout(timer);
      stop();
    },
  };
}
