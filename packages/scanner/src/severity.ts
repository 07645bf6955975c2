/** Severities, the least first. */
export const severities = ["info", "low", "medium", "high", "critical"] as const;

/** How bad a finding is. */
export type Severity = (typeof severities)[number];

/** Whether a severity is another one or worse. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least);
}
