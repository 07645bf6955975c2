import type { Finding, Report } from "./report.ts";
import { isAtLeast, severities, type Severity } from "./severity.ts";

/** What is accepted: of each check, and of each subject of it where it has some, the worst severity, and since when. */
export type Baseline = ReadonlyMap<string, { readonly severity: Severity; readonly reason: string }>;

/**
 * Reads a baseline: an earlier report of `--format json`, of which every finding is accepted. A finding may have been given a `reason`.
 * Which target it is of does not matter, so that one of a staging host serves for another. Throws an error that says what is wrong.
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
  const accepted = new Map<string, { severity: Severity; reason: string }>();
  for (const [at, finding] of findings.entries()) {
    const [check, severity, reason, subject] = ["check", "severity", "reason", "subject"].map((name) =>
      memberOf(finding, name),
    );
    if (typeof check !== "string" || !isSeverity(severity))
      throw new Error(`findings[${at}] needs a \`check\` and a \`severity\`: ${severities.join(", ")}`);
    const key = keyOf(check, typeof subject === "string" ? subject : undefined);
    const before = accepted.get(key);
    if (before !== undefined && isAtLeast(before.severity, severity)) continue;
    const why = typeof reason === "string" ? reason : `it is in the baseline${since}`;
    accepted.set(key, { severity, reason: why });
  }
  return accepted;
}

/** The report, with what the baseline accepts marked as accepted. What has become worse since is not. */
export function applyBaseline(report: Report, baseline: Baseline): Report {
  return { ...report, findings: report.findings.map((finding) => acceptedBy(finding, baseline)) };
}

function acceptedBy(finding: Finding, baseline: Baseline): Finding {
  const accepted = baseline.get(keyOf(finding.check, finding.subject));
  return accepted !== undefined && isAtLeast(accepted.severity, finding.severity)
    ? { ...finding, accepted: accepted.reason }
    : finding;
}

/** What a finding is told by: never its version, line or words. */
function keyOf(check: string, subject: string | undefined): string {
  return subject === undefined ? check : `${check}\n${subject}`;
}

function isSeverity(value: unknown): value is Severity {
  return severities.some((severity) => severity === value);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
