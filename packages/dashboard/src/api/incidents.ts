import { signal, type ReadonlySignal } from "@preact/signals";

import type { SeenEvent } from "../../../sallyport/src/hosts/dashboard/live-message.ts";
import type { Failure } from "./answer.ts";
import { ask } from "./ask.ts";
import { incidentOf, type Incident } from "./incident.ts";
import { onEvents } from "./live.ts";

/** What is known of incidents. */
export interface IncidentList {
  /** The newest first; the last 5,000 at most. */
  readonly incidents: readonly Incident[];
  /** How many the page was not told of, of those that happened since it is open. */
  readonly left: number;
  /** What was before the page came is known, or cannot be. */
  readonly isComplete: boolean;
  readonly failure: Failure | null;
}

/** Some 500 bytes each: 2.5 MB. */
const MOST = 5000;
const PAST = 1000;

const nothing: IncidentList = { incidents: [], left: 0, isComplete: false, failure: null };
const list = signal(nothing);
let loading = false;

/** The last incidents. */
export const incidentList: ReadonlySignal<IncidentList> = list;

/** Gathers incidents as they happen, until the signal is aborted; then everything is forgotten. */
export function gatherIncidents(end: AbortSignal): void {
  const stop = onEvents((events, left) => {
    const found = events.flatMap((event) => incidentOf(event) ?? []).toReversed();
    if (found.length === 0 && left === 0) return;
    const { incidents } = list.value;
    list.value = {
      ...list.value,
      incidents: [...found, ...incidents.slice(0, MOST - found.length)],
      left: list.value.left + left,
    };
  });
  end.addEventListener("abort", () => {
    stop();
    list.value = nothing;
    loading = false;
  });
}

type Told = SeenEvent & { readonly at: string | number };

function pastOf(events: readonly Told[]): readonly Incident[] {
  return events.flatMap((event) => incidentOf({ ...event, at: new Date(event.at).getTime() }) ?? []);
}

/** What was refused and noticed of one session, the newest first, as far as the gate remembers; or why nobody can say. */
export async function loadIncidentsOf(session: string, most: number): Promise<readonly Incident[] | Failure> {
  const query = new URLSearchParams({ session, limit: String(most) }).toString();
  const [decisions, findings] = await Promise.all([
    ask<{ readonly incidents: readonly Told[] }>(`/incidents?${query}`),
    ask<{ readonly findings: readonly Told[] }>(`/findings?limit=${PAST}`),
  ]);
  if (!decisions.ok) return decisions;
  if (!findings.ok) return findings;
  return pastOf([...decisions.body.incidents, ...findings.body.findings])
    .filter((incident) => incident.session === session)
    .toSorted((one, other) => other.at - one.at);
}

/** Asks for the incidents before those that the page has seen; once. */
export async function loadPastIncidents(): Promise<void> {
  if (loading) return;
  loading = true;
  const [decisions, findings] = await Promise.all([
    ask<{ readonly incidents: readonly Told[] }>(`/incidents?limit=${PAST}`),
    ask<{ readonly findings: readonly Told[] }>(`/findings?limit=${PAST}`),
  ]);
  // Signed out meanwhile.
  if (!loading) return;
  const past = pastOf([
    ...(decisions.ok ? decisions.body.incidents : []),
    ...(findings.ok ? findings.body.findings : []),
  ]);
  const known = new Map([...list.value.incidents, ...past].map((one) => [one.incident, one]));
  const failure = [decisions, findings].find((answer) => !answer.ok);
  if (failure !== undefined) loading = false;
  list.value = {
    ...list.value,
    incidents: [...known.values()].toSorted((one, other) => other.at - one.at).slice(0, MOST),
    isComplete: true,
    failure: failure === undefined || failure.ok ? null : failure,
  };
}
