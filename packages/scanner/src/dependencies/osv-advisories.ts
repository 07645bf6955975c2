import { coerce, lt, valid, validRange } from "semver";
import { cvssOfSeverity } from "../cvss-of-severity.ts";
import { cvssScore, severityOf } from "../cvss-score.ts";
import { printable } from "../printable.ts";
import type { Severity } from "../severity.ts";
import type { Advisory } from "./advisories.ts";
import { memberOf, stringsOf, textOf } from "./record-of.ts";

/** What one record of OSV says of the packages that are looked for. */
export interface OsvRecord {
  readonly ids: readonly string[];
  /** ISO 8601: when it was last changed. */
  readonly modified: string;
  /** It was taken back: what was said under its ids counts no more. */
  readonly isWithdrawn: boolean;
  readonly advisories: readonly Advisory[];
}

const LABELS: ReadonlyMap<string, Severity> = new Map([
  ["LOW", "low"],
  ["MODERATE", "medium"],
  ["MEDIUM", "medium"],
  ["HIGH", "high"],
  ["CRITICAL", "critical"],
]);

/**
 * Reads a record in OSV's schema (ossf.github.io/osv-schema): of npm, and of packages that are looked for. Null, where it is of none of them.
 * Throws an error that says what of it cannot be understood: to leave that out would let a hole pass.
 */
export function parseOsvRecord(said: unknown, libraries: ReadonlySet<string>): OsvRecord | null {
  const id = textOf(said, "id");
  if (id === undefined) throw new Error("a record without an `id`");
  const affected = memberOf(said, "affected");
  const ours = (Array.isArray(affected) ? affected : []).filter((each: unknown) => {
    const of = memberOf(each, "package");
    return textOf(of, "ecosystem") === "npm" && libraries.has(textOf(of, "name") ?? "");
  });
  if (ours.length === 0) return null;
  const ids = [id, ...stringsOf(memberOf(said, "aliases"))].filter((each) =>
    /^[A-Za-z][\w-]{1,59}$/.test(each),
  );
  const [first = "", ...others] = ids.sort(
    (one, other) => Number(other.startsWith("GHSA-")) - Number(one.startsWith("GHSA-")),
  );
  const modified = textOf(said, "modified") ?? "";
  if (Number.isNaN(Date.parse(modified))) throw new Error(`${id} does not say when it was modified`);
  const isWithdrawn = textOf(said, "withdrawn") !== undefined;
  const byPackage = Map.groupBy(ours, (each: unknown) => textOf(memberOf(each, "package"), "name") ?? "");
  const rated = rate(said);
  const summary = printable(
    (textOf(said, "summary") ?? textOf(said, "details") ?? id).split("\n", 1)[0] ?? id,
    250,
  );
  const advisories = [...byPackage].flatMap(([name, entries]): Advisory[] => {
    const spans = entries.flatMap((entry) => rangesOf(entry, id));
    if (spans.length === 0) throw new Error(`${id} does not say which versions of ${name} it is about`);
    return [
      {
        ids: [first, ...others],
        package: name,
        affected: [...new Set(spans.map(({ range }) => range))],
        fixed: [...new Set(spans.flatMap(({ fixed }) => (fixed === null ? [] : [fixed])))],
        ...rated,
        summary,
        source: first.startsWith("GHSA-")
          ? `https://github.com/advisories/${first}`
          : `https://osv.dev/vulnerability/${first}`,
      },
    ];
  });
  return { ids, modified, isWithdrawn, advisories: isWithdrawn ? [] : advisories };
}

function rate(said: unknown): {
  readonly severity: Severity;
  readonly cvss: string;
  readonly cvssBy: "database" | "sallyport";
} {
  const listed = memberOf(said, "severity");
  const scores = (Array.isArray(listed) ? listed : []).flatMap(
    (each: unknown) => textOf(each, "score") ?? [],
  );
  // Base vectors of 3.0 and 3.1 have the same metrics; whatever else stands behind them is no part of the base.
  const vector = scores
    .map((score) => /^CVSS:3\.[01]((?:\/(?:AV|AC|PR|UI|S|C|I|A):[A-Z])+)/.exec(score)?.[1])
    .find((base) => base !== undefined);
  const label = LABELS.get(textOf(memberOf(said, "database_specific"), "severity")?.toUpperCase() ?? "");
  if (vector !== undefined) {
    try {
      const cvss = `CVSS:3.1${vector}`;
      const rated = severityOf(cvssScore(cvss));
      return { severity: label ?? rated, cvss, cvssBy: "database" };
    } catch {
      // It is incomplete: the label counts.
    }
  }
  const severity = label ?? "medium";
  return { severity, cvss: cvssOfSeverity(severity), cvssBy: "sallyport" };
}

interface Span {
  readonly range: string;
  readonly fixed: string | null;
}

/** The ranges of one package in a record, in npm's words; of listed versions those, where there is no range. */
function rangesOf(entry: unknown, id: string): readonly Span[] {
  const ranges = memberOf(entry, "ranges");
  const spans = (Array.isArray(ranges) ? ranges : [])
    .filter((range: unknown) => textOf(range, "type") !== "GIT")
    .flatMap((range: unknown) => spansOf(memberOf(range, "events"), id));
  if (spans.length > 0) return spans;
  return stringsOf(memberOf(entry, "versions")).map((version) => ({
    range: versionOf(version, id),
    fixed: null,
  }));
}

function spansOf(events: unknown, id: string): readonly Span[] {
  const spans: Span[] = [];
  let from: string | null = null;
  const close = (to: string, fixed: string | null): void => {
    const range = [from === null || from === "0" ? "" : `>=${from}`, to]
      .filter((part) => part !== "")
      .join(" ");
    if (validRange(range) === null) throw new Error(`${id} has a range that npm does not know: ${range}`);
    spans.push({ range: range === "" ? "*" : range, fixed });
    from = null;
  };
  for (const event of Array.isArray(events) ? events : []) {
    const [introduced, fixed, last] = ["introduced", "fixed", "last_affected"].map((name) =>
      textOf(event, name),
    );
    if (introduced !== undefined) {
      if (from !== null) close("", null);
      from = introduced === "0" ? "0" : versionOf(introduced, id);
    } else if (fixed !== undefined) close(`<${versionOf(fixed, id)}`, versionOf(fixed, id));
    else if (last !== undefined) close(`<=${versionOf(last, id)}`, null);
  }
  if (from !== null) close("", null);
  return spans;
}

/** A version as npm writes it: databases leave out what is zero. */
function versionOf(text: string, id: string): string {
  const version = valid(text) ?? (/^\d+(\.\d+)?$/.test(text) ? (coerce(text)?.version ?? null) : null);
  if (version === null || lt(version, "0.0.0-0"))
    throw new Error(`${id} names a version that is none: ${text}`);
  return version;
}
