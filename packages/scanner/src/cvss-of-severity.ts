import type { Severity } from "./severity.ts";

const VECTORS: Readonly<Record<Severity, string>> = {
  critical: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
  high: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
  medium: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  low: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  info: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:N",
};

/** A vector of CVSS 3.1 that has a severity, where whoever tells of a fault gives the severity alone. */
export function cvssOfSeverity(severity: Severity): string {
  return VECTORS[severity];
}
