import type { SeenEvent } from "../../../sallyport/src/hosts/dashboard/live-message.ts";

/** Something that a guard did not let pass as it came, or that the watch noticed. */
export interface Incident {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly incident: string;
  /** What was decided; `alert`: the watch noticed something. */
  readonly verdict: "refuse" | "observe" | "report" | "drop" | "replace" | "close" | "alert";
  /** The guard, or `watch`. */
  readonly guard: string;
  /** The code of the decision, or the detector of the watch. */
  readonly code: string;
  /** For the operator: the value that was found, or what was noticed. */
  readonly detail: string;
  readonly route: string | null;
  readonly address: string | null;
  readonly user: string | null;
  readonly session: string | null;
  /** Of an alert. */
  readonly severity: string | null;
}

/** What an event says of an incident; `null`: it is of something else. */
export function incidentOf(event: SeenEvent): Incident | null {
  const { at } = event;
  switch (event.type) {
    case "handshake":
    case "decision": {
      const { incident, verdict, guard, code, detail, route, address, user } = event;
      const session = event.type === "decision" ? event.session : null;
      return { at, incident, verdict, guard, code, detail, route, address, user, session, severity: null };
    }
    case "finding": {
      const { incident, detector, sentence, route, address, user, session, severity, subject } = event;
      const about = (kind: string, known: string | null): string | null =>
        known ?? (subject.kind === kind ? subject.value : null);
      return {
        at,
        incident,
        verdict: "alert",
        guard: "watch",
        code: detector,
        detail: sentence,
        route: about("route", route),
        address: about("address", address),
        user: about("user", user),
        session: about("session", session),
        severity,
      };
    }
    case "open":
    case "closed":
    case "refresh":
    case "admin":
    case "gate":
      return null;
  }
}

/** By what incidents are put together. */
export type Grouping = "address" | "user" | "guard";

/** Incidents that have something in common. */
export interface IncidentGroup {
  /** `null`: those of which it is not known. */
  readonly key: string | null;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** By guard, the most first. */
  readonly guards: readonly (readonly [guard: string, count: number])[];
  /** How many addresses and users. */
  readonly addresses: number;
  readonly users: number;
  readonly alerts: number;
}

/** Puts incidents together, those with the most first. */
export function groupIncidents(incidents: readonly Incident[], by: Grouping): readonly IncidentGroup[] {
  const groups = Map.groupBy(incidents, (incident) => incident[by]);
  return [...groups]
    .map(([key, members]) => summarize(key, members))
    .sort((one, other) => other.count - one.count || other.lastAt - one.lastAt);
}

function summarize(key: string | null, members: readonly Incident[]): IncidentGroup {
  const guards = new Map<string, number>();
  const [addresses, users] = [new Set<string>(), new Set<string>()];
  let [firstAt, lastAt, alerts] = [Infinity, 0, 0];
  for (const { guard, address, user, at, verdict } of members) {
    guards.set(guard, (guards.get(guard) ?? 0) + 1);
    if (address !== null) addresses.add(address);
    if (user !== null) users.add(user);
    firstAt = Math.min(firstAt, at);
    lastAt = Math.max(lastAt, at);
    if (verdict === "alert") alerts += 1;
  }
  return {
    key,
    count: members.length,
    firstAt,
    lastAt,
    guards: [...guards].toSorted(([, one], [, other]) => other - one),
    addresses: addresses.size,
    users: users.size,
    alerts,
  };
}

/** Incidents by what the page's address says. */
export interface IncidentFilter {
  readonly guard: string;
  readonly address: string;
  readonly user: string;
}

/** Whether an incident is meant. An empty filter means all. */
export function isIncidentMeant(incident: Incident, { guard, address, user }: IncidentFilter): boolean {
  return (
    (guard === "" || incident.guard === guard) &&
    (address === "" || incident.address === address) &&
    (user === "" || incident.user === user)
  );
}
