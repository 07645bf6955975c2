import { matchesGlob } from "node:path";
import type { Finding, Report } from "./report.ts";
import { isAtLeast, severities, type Severity } from "./severity.ts";

/** What is accepted of a check: up to which severity, of which subject where it has some, and why. */
interface Accepted {
  readonly check: string;
  readonly severity: Severity;
  readonly reason: string;
  readonly subject: string | undefined;
  /** A pattern of subjects, such as `test/**`, in place of one. */
  readonly subjects: string | undefined;
}

/** Everything that is accepted. */
export type Baseline = readonly Accepted[];

/**
 * Reads a baseline: an earlier report of `--format json`, of which every finding is accepted. A finding may have been given a `reason`, and
 * `subjects` in place of its `subject`. Which target it is of does not matter, so that one of a staging host serves for another. Throws an error
 * that says what is wrong.
 */
export function parseBaseline(text: string): Baseline {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON; a report of --format json is expected");
  }
  const findings = memberOf(report, "findings");
  if (!Array.isArray(findings))
    throw new Error("it has no `findings`; a report of --format json is expected");
  const startedAt = memberOf(report, "startedAt");
  const since = typeof startedAt === "string" ? ` of ${startedAt.slice(0, 10)}` : "";
  return findings.map((finding, at) => {
    const [check, severity] = ["check", "severity"].map((name) => memberOf(finding, name));
    if (typeof check !== "string" || !isSeverity(severity))
      throw new Error(`findings[${at}] needs a \`check\` and a \`severity\`: ${severities.join(", ")}`);
    if (!["undefined", "string"].includes(typeof memberOf(finding, "subjects")))
      throw new Error(`findings[${at}].subjects is one pattern, such as "test/**"`);
    const [reason, subject, subjects] = ["reason", "subject", "subjects"].map((name) =>
      textOf(finding, name),
    );
    return { check, severity, subject, subjects, reason: reason ?? `it is in the baseline${since}` };
  });
}

/** The report, with what the baseline accepts marked as accepted. What has become worse since is not. */
export function applyBaseline(report: Report, baseline: Baseline): Report {
  return { ...report, findings: report.findings.map((finding) => acceptedBy(finding, baseline)) };
}

function acceptedBy(finding: Finding, baseline: Baseline): Finding {
  const accepted = baseline.find(
    (each) =>
      each.check === finding.check &&
      isOf(each, finding.subject) &&
      isAtLeast(each.severity, finding.severity),
  );
  return accepted === undefined ? finding : { ...finding, accepted: accepted.reason };
}

/** Whether it is about the subject of a finding: never about its version, line or words. */
function isOf({ subject, subjects }: Accepted, found: string | undefined): boolean {
  if (subjects === undefined) return subject === found;
  return found !== undefined && matchesGlob(found, subjects);
}

function isSeverity(value: unknown): value is Severity {
  return severities.some((severity) => severity === value);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === "string" ? member : undefined;
}
