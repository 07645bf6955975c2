import { type CheckFacts, groups, type Outcome, type Sighting } from "./check.ts";
import { printable } from "./printable.ts";
import type { Masker } from "./probe/masker.ts";
import type { Finding, Remark, Report } from "./report.ts";
import { severities } from "./severity.ts";

/** What a check came to. */
export interface Result<C extends CheckFacts> {
  readonly check: C;
  readonly outcome: Outcome;
}

/** How results are written down. */
export interface ReportManner<C extends CheckFacts> {
  /** Masks the secrets that were given. */
  readonly mask: Masker;
  /** The command that shows a finding of a check again. */
  readonly reproduce: (check: C) => string;
}

/** The part of a report that is made of results: findings, the worst first, and the checks without one, in the order of the checks. */
export function finishReport<C extends CheckFacts>(
  results: readonly Result<C>[],
  checks: readonly C[],
  manner: ReportManner<C>,
): Pick<Report, "findings" | "passed" | "notTested" | "notApplicable"> {
  const order = new Map(checks.map(({ id }, at) => [id, at]));
  const sorted = results.toSorted(
    (one, other) => (order.get(one.check.id) ?? 0) - (order.get(other.check.id) ?? 0),
  );
  const remarks = (kind: Outcome["kind"]): Remark[] =>
    sorted.filter(({ outcome }) => outcome.kind === kind).map((result) => remark(result, manner));
  const findings = sorted.flatMap(({ check, outcome }) =>
    outcome.kind === "found" ? outcome.sightings.map((sighting) => finding(check, sighting, manner)) : [],
  );
  const groupAt: readonly string[] = groups;
  return {
    findings: findings.sort(
      (one, other) =>
        severities.indexOf(other.severity) - severities.indexOf(one.severity) ||
        groupAt.indexOf(one.group) - groupAt.indexOf(other.group),
    ),
    passed: remarks("passed"),
    notTested: remarks("notTested"),
    notApplicable: remarks("notApplicable"),
  };
}

function remark<C extends CheckFacts>({ check, outcome }: Result<C>, { mask }: ReportManner<C>): Remark {
  const reason =
    outcome.kind === "passed" ? (outcome.note ?? "") : outcome.kind === "found" ? "" : outcome.reason;
  return { check: check.id, group: check.group, title: check.title, reason: printable(mask(reason)) };
}

function finding<C extends CheckFacts>(
  check: C,
  sighting: Sighting,
  { mask, reproduce }: ReportManner<C>,
): Finding {
  const { severity = check.severity, cvss = check.cvss, confidence = "certain", detail, evidence } = sighting;
  return {
    check: check.id,
    group: check.group,
    severity,
    cvss,
    confidence,
    title: check.title,
    detail: printable(mask(detail), 1000),
    evidence,
    reproduce: mask(reproduce(check)),
    remedy: check.remedy,
    references: check.references,
  };
}
