import { errors } from "../../errors.ts";
import type { JournalRecord } from "../../journal/journal-record.ts";
import type { JournalQuery } from "../../journal/search-journal.ts";
import { nearest } from "../../policy/nearest.ts";
import { duration } from "../../quantity.ts";

/** What of a journal is asked for: that for which everything that is written holds. */
export interface FilterOptions {
  /** Stands in a content, a name, or anything of an event. */
  readonly text?: string;
  readonly user?: string;
  readonly session?: string;
  readonly address?: string;
  readonly route?: string;
  readonly guard?: string;
  readonly verdict?: string;
  readonly name?: string;
  readonly incident?: string;
  readonly type?: string;
  /** A time, or how long ago. */
  readonly since?: string;
  readonly until?: string;
}

/** A query, or what is wrong with what was written. */
export type FilterParsed =
  | { readonly ok: true; readonly query: JournalQuery }
  | { readonly ok: false; readonly problem: string };

const VERDICTS = ["pass", "report", "observe", "replace", "drop", "close", "refuse"];
const TYPES = [
  "message",
  "handshake",
  "open",
  "refresh",
  "decision",
  "closed",
  "admin",
  "finding",
  "gate",
  "journal",
] as const satisfies readonly JournalRecord["type"][];
const GUARDS = [...new Set(Object.keys(errors).map((code) => code.split(".", 1)[0] ?? ""))];
const TIME = "expected a time such as 2026-11-30T12:00:00Z or 2026-11-30, or how long ago, such as 2h or 30d";

/** Makes a query of options. @param now milliseconds since 1970: what `2h` is before */
export function parseFilter(options: FilterOptions, now: number): FilterParsed {
  const { text, since, until, session, user, address, route, guard, verdict, name, incident } = options;
  const [from, to] = [since, until].map((written) =>
    written === undefined ? undefined : parseTime(written, now),
  );
  const problem =
    (from === null ? `--since: ${TIME}` : null) ??
    (to === null ? `--until: ${TIME}` : null) ??
    (typeof from === "number" && typeof to === "number" && from >= to
      ? "--since and --until: expected the later one in --until"
      : null) ??
    (text === "" ? "--text: expected a text to look for" : null) ??
    unknown("--verdict", verdict, VERDICTS) ??
    unknown("--guard", guard, GUARDS) ??
    unknown("--type", options.type, TYPES);
  if (problem !== null) return { ok: false, problem };
  const given = Object.entries({ session, user, address, route, guard, verdict, name, incident });
  const fields = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const type = TYPES.find((known) => known === options.type);
  return {
    ok: true,
    query: {
      ...(type === undefined ? {} : { type }),
      ...(Object.keys(fields).length === 0 ? {} : { fields }),
      ...(typeof from === "number" ? { since: from } : {}),
      ...(typeof to === "number" ? { until: to } : {}),
      ...(text === undefined ? {} : { text }),
    },
  };
}

/** A moment, milliseconds since 1970; `null` for what is none. */
function parseTime(written: string, now: number): number | null {
  const ago = duration.safeParse(written);
  if (ago.success) return now - ago.data;
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?$/.test(written)) return null;
  const time = Date.parse(written);
  return Number.isNaN(time) ? null : time;
}

function unknown(flag: string, value: string | undefined, known: readonly string[]): string | null {
  if (value === undefined || known.includes(value)) return null;
  const meant = nearest(value, known);
  return `${flag}: expected one of ${known.join(", ")}${meant === null ? "" : `; did you mean ${meant}?`}`;
}
