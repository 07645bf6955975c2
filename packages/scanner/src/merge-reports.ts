import { groups } from "./check.ts";
import type { Report, ScanReport } from "./report.ts";
import { severities } from "./severity.ts";

/** What is said besides the scans. */
export type ReportExtras = Pick<Report, "discovery" | "browser">;

/** One report of the scans of several endpoints of an application. One scan stays as it is. The extras are added. */
export function mergeReports(
  page: string,
  reports: readonly [ScanReport, ...ScanReport[]],
  extras: ReportExtras,
): Report {
  const [first, ...others] = reports;
  if (others.length === 0) return { ...first, ...extras };
  const of = <T extends object>(choose: (report: ScanReport) => readonly T[]): (T & { endpoint: string })[] =>
    reports.flatMap((report) =>
      choose(report).map((each) => Object.assign({}, each, { endpoint: report.target })),
    );
  const ended = reports.flatMap(({ target, endedEarly }) =>
    endedEarly === null ? [] : [`${target}: ${endedEarly}`],
  );
  const order: readonly string[] = groups;
  const best = reports.find(({ control }) => control.isUsable) ?? first;
  return {
    ...best,
    ...extras,
    target: page,
    startedAt: first.startedAt,
    durationMs: reports.reduce((sum, { durationMs }) => sum + durationMs, 0),
    connections: reports.reduce((sum, { connections }) => sum + connections, 0),
    isReached: reports.some(({ isReached }) => isReached),
    ...(reports.some(({ isLost }) => isLost === true) ? { isLost: true } : {}),
    endpoints: reports.map(({ target, address, control }) => ({ target, address, control })),
    findings: of(({ findings }) => findings).sort(
      (one, other) =>
        severities.indexOf(other.severity) - severities.indexOf(one.severity) ||
        order.indexOf(one.group) - order.indexOf(other.group),
    ),
    passed: of(({ passed }) => passed),
    notTested: of(({ notTested }) => notTested),
    notApplicable: of(({ notApplicable }) => notApplicable),
    endedEarly: ended.length === 0 ? null : ended.join("; "),
  };
}
