/** What is looked for in the journal: what the page's address says. The reason never stands there. */
export interface JournalFilter {
  readonly since: string;
  readonly until: string;
  readonly user: string;
  readonly session: string;
  readonly address: string;
  readonly route: string;
  readonly guard: string;
  readonly verdict: string;
  readonly type: string;
  readonly incident: string;
  readonly text: string;
}

/** Fields of a filter, in the order in which they are asked for. */
export const filterFields: readonly (keyof JournalFilter)[] = [
  "since",
  "until",
  "user",
  "session",
  "address",
  "route",
  "guard",
  "verdict",
  "type",
  "incident",
  "text",
];

/** How far back is looked, as it can be chosen. */
export const times: readonly { readonly value: string; readonly title: string }[] = [
  { value: "1h", title: "The last hour" },
  { value: "24h", title: "The last 24 hours" },
  { value: "7d", title: "The last 7 days" },
  { value: "30d", title: "The last 30 days" },
  { value: "", title: "All of it" },
];

/** Verdicts, as they can be chosen. */
export const verdicts: readonly { readonly value: string; readonly title: string }[] = [
  { value: "", title: "Any" },
  { value: "refuse", title: "Refused" },
  { value: "close", title: "Closed" },
  { value: "drop", title: "Dropped" },
  { value: "replace", title: "Changed" },
  { value: "report", title: "Reported" },
  { value: "observe", title: "Observed" },
  { value: "pass", title: "Passed" },
];

/** Kinds of records, as they can be chosen. */
export const types: readonly { readonly value: string; readonly title: string }[] = [
  { value: "", title: "Any" },
  { value: "message", title: "Messages" },
  { value: "handshake", title: "Refused handshakes" },
  { value: "open", title: "Opened" },
  { value: "closed", title: "Closed" },
  { value: "decision", title: "Decisions" },
  { value: "finding", title: "Alerts" },
  { value: "admin", title: "Admin calls" },
  { value: "gate", title: "The gate itself" },
  { value: "journal", title: "Readings, and the journal itself" },
];

/** Reads a filter from the page's address; without one it is everything of the last hour. */
export function journalFilterOf(query: Readonly<Record<string, string>>): JournalFilter {
  const isGiven = filterFields.some((field) => query[field] !== undefined);
  const of = (field: keyof JournalFilter): string => query[field] ?? "";
  return {
    since: isGiven ? of("since") : "1h",
    until: of("until"),
    user: of("user"),
    session: of("session"),
    address: of("address"),
    route: of("route"),
    guard: of("guard"),
    verdict: of("verdict"),
    type: of("type"),
    incident: of("incident"),
    text: of("text"),
  };
}

/** Whether a place asks for a search at once, as a link from another view does. */
export function asksAtOnce(query: Readonly<Record<string, string>>): boolean {
  return filterFields.some((field) => (query[field] ?? "") !== "");
}

/** What the admin API is asked with. @param more beside the filter, such as a cursor; what is empty is left out */
export function searchParams(filter: JournalFilter, more: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries({ ...filter, ...more }).filter(([, value]) => value !== "");
  return new URLSearchParams(given).toString();
}
