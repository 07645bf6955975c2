import type { Finding, Remark, Report } from "../../../../scanner/src/report.ts";

/** The part of a report that is shown. */
export type ShownReport = Pick<
  Report,
  "target" | "scanner" | "startedAt" | "durationMs" | "connections" | "endedEarly"
> & {
  readonly findings: readonly ShownFinding[];
  readonly passed: readonly ShownRemark[];
  readonly notTested: readonly ShownRemark[];
};

/** A finding, as far as a page shows it. */
export type ShownFinding = Pick<
  Finding,
  "check" | "severity" | "title" | "detail" | "reproduce" | "remedy" | "evidence"
> & {
  readonly group: string;
  readonly endpoint: string | null;
  readonly confidence: string;
  /** Such as `CWE-1385`, `RFC 6455 10.2`. */
  readonly references: readonly string[];
  readonly place: string | null;
  readonly accepted: string | null;
};

/** A check without a finding. */
export type ShownRemark = Pick<Remark, "check" | "title" | "reason">;

/** A report, or why a file is none. */
export type ReportRead =
  | { readonly ok: true; readonly report: ShownReport }
  | { readonly ok: false; readonly problem: string };

/** Of a file, bytes. */
export const MOST_BYTES: number = 32 * 1024 * 1024;
/** Of what stands in it more than once, so that a hostile one stops no page. */
const MOST_FINDINGS = 2000;
const MOST_REMARKS = 2000;
const MOST_EXCHANGES = 20;
const MOST_LINES = 100;
const MOST_TEXT = 20_000;

/** Severities, the worst first. */
export const severities: readonly Finding["severity"][] = ["critical", "high", "medium", "low", "info"];

type Fields = Readonly<Record<string, unknown>>;

/** Reads a report of `sallyport-scan --format json`. Whatever is in it, it never throws; what is of another shape is left out. */
export function readReport(text: string): ReportRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {
      ok: false,
      problem: "It is no JSON. Write one with: sallyport-scan URL --format json --output report.json",
    };
  }
  const report = fieldsOf(value);
  if (report === null || !Array.isArray(report["findings"]) || !Array.isArray(report["notTested"]))
    return {
      ok: false,
      problem: "It is JSON, and no report of sallyport-scan: findings and notTested are not there.",
    };
  return {
    ok: true,
    report: {
      target: textOf(report["target"]),
      scanner: textOf(report["scanner"]),
      startedAt: textOf(report["startedAt"]),
      durationMs: numberOf(report["durationMs"]),
      connections: numberOf(report["connections"]),
      endedEarly: textOrNull(report["endedEarly"]),
      findings: listOf(report["findings"], MOST_FINDINGS).map(findingOf),
      passed: listOf(report["passed"], MOST_REMARKS).map(remarkOf),
      notTested: listOf(report["notTested"], MOST_REMARKS).map(remarkOf),
    },
  };
}

function findingOf(found: Fields): ShownFinding {
  const remedy = fieldsOf(found["remedy"]) ?? {};
  const place = fieldsOf(found["place"]);
  const optional = (key: "ws" | "socketIo" | "nginx" | "project" | "sallyport"): object =>
    typeof remedy[key] === "string" ? { [key]: textOf(remedy[key]) } : {};
  return {
    check: textOf(found["check"]),
    group: textOf(found["group"]),
    endpoint: textOrNull(found["endpoint"]),
    severity: severities.find((known) => known === found["severity"]) ?? "info",
    confidence: textOf(found["confidence"]),
    title: textOf(found["title"]),
    detail: textOf(found["detail"]),
    reproduce: textOf(found["reproduce"]),
    remedy: {
      summary: textOf(remedy["summary"]),
      ...optional("ws"),
      ...optional("socketIo"),
      ...optional("nginx"),
      ...optional("project"),
      ...optional("sallyport"),
    },
    evidence: listOf(found["evidence"], MOST_EXCHANGES).map(({ about, lines }) => ({
      about: textOf(about),
      lines: (Array.isArray(lines) ? lines : []).slice(0, MOST_LINES).map(textOf),
    })),
    references: referencesOf(fieldsOf(found["references"]) ?? {}),
    place: place === null ? null : `${textOf(place["file"])}:${numberOf(place["line"])}`,
    accepted: textOrNull(found["accepted"]),
  };
}

function referencesOf({ cwe, asvs, rfc, advisories }: Fields): readonly string[] {
  return [
    ...prefixed(cwe, "CWE-"),
    ...prefixed(asvs, "ASVS "),
    ...prefixed(rfc, ""),
    ...prefixed(advisories, ""),
  ];
}

function prefixed(list: unknown, prefix: string): readonly string[] {
  return (
    (Array.isArray(list) ? list : [])
      .slice(0, MOST_LINES)
      // An object may say that it is no text, and throw.
      .filter((one: unknown) => typeof one === "string" || typeof one === "number")
      .map((one) => `${prefix}${textOf(String(one))}`)
  );
}

function remarkOf({ check, title, reason }: Fields): ShownRemark {
  return { check: textOf(check), title: textOf(title), reason: textOf(reason) };
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
}

function listOf(value: unknown, most: number): readonly Fields[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list
    .slice(0, most)
    .map(fieldsOf)
    .filter((fields) => fields !== null);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, MOST_TEXT) : "";
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? textOf(value) : null;
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
