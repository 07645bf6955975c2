import { basename, resolve } from "node:path";
import type { Advisories } from "../dependencies/advisories.ts";
import { auditDependencies } from "../dependencies/audit-dependencies.ts";
import type { Finding, Report, ScanReport } from "../report.ts";
import { severities } from "../severity.ts";
import { checkPolicies } from "./check-policies.ts";
import { judgeRequirements } from "./checklist.ts";
import { lintProject } from "./lint-project.ts";

/** What is audited, and by what. */
export interface AuditParts {
  /** The project's folder, as it was given. */
  readonly directory: string;
  readonly advisories: Advisories;
  /** Name and version of the scanner, for the report. */
  readonly scanner: string;
  readonly now: Date;
}

/** What a whole audit needs besides. */
export interface ProjectParts extends AuditParts {
  /** Node's own program, which runs linters and the gate's command. */
  readonly node: string;
  /** What a scan of the endpoint came to, where one was asked for. */
  readonly scan: { readonly report: ScanReport; readonly isLoopback: boolean } | null;
}

/** Looks at a project's lockfiles alone. */
export async function reportDependencies(parts: AuditParts): Promise<Report> {
  const begun = performance.now();
  const { findings, passed, notTested, lockfiles, libraries } = await auditDependencies(
    parts.directory,
    parts.advisories,
    parts.now,
  );
  return {
    ...shell(parts),
    durationMs: Math.round(performance.now() - begun),
    findings,
    passed,
    notTested,
    notApplicable: [],
    project: {
      directory: parts.directory,
      lockfiles,
      libraries,
      linted: null,
      policies: [],
      advisories: toldOf(parts),
    },
  };
}

/**
 * The whole audit of a project: its code, its lockfiles, its policies and, where it was scanned, its endpoint, with the requirements that they
 * decide. Whatever could not be looked at is not tested.
 */
export async function auditProject(parts: ProjectParts): Promise<Report> {
  const begun = performance.now();
  const { directory, advisories, now, node, scan } = parts;
  const [dependencies, policies, lint] = await Promise.all([
    auditDependencies(directory, advisories, now),
    checkPolicies(directory, node),
    lintProject(directory, node),
  ]);
  const scanned = scan?.report ?? null;
  const all = [lint, dependencies, policies, ...(scanned === null ? [] : [scanned])];
  const findings = sorted(all.flatMap((each) => each.findings));
  const passed = all.flatMap((each) => each.passed);
  const notTested = [
    ...all.flatMap((each) => each.notTested),
    ...(scanned === null
      ? [
          {
            check: "scan",
            group: "configuration" as const,
            title: "The endpoint",
            reason: "no URL was given: sallyport-scan --project DIR URL",
          },
        ]
      : []),
  ];
  const isScannedOverTls = scan === null || scan.isLoopback ? null : scan.report.target.startsWith("wss:");
  return {
    ...shell(parts),
    ...(scanned === null ? {} : endpointOf(scanned)),
    startedAt: now.toISOString(),
    durationMs: Math.round(performance.now() - begun) + (scanned?.durationMs ?? 0),
    findings,
    passed,
    notTested,
    notApplicable: [...policies.notApplicable, ...(scanned?.notApplicable ?? [])],
    project: {
      directory,
      lockfiles: dependencies.lockfiles,
      libraries: dependencies.libraries,
      linted: lint.linted,
      policies: policies.policies,
      advisories: toldOf(parts),
    },
    checklist: judgeRequirements({ findings, passed, notTested, isScannedOverTls, routes: policies.routes }),
  };
}

function toldOf({ advisories }: AuditParts): { readonly checked: string; readonly count: number } {
  return { checked: advisories.checked, count: advisories.advisories.length };
}

/** A report of which nothing is known yet: of no endpoint. */
function shell({ directory, scanner, now }: AuditParts): Report {
  return {
    version: 1,
    scanner,
    // The folder's name says more than a dot, and nothing of where it is.
    target: basename(resolve(directory)),
    address: "",
    startedAt: now.toISOString(),
    durationMs: 0,
    connections: 0,
    isReached: true,
    control: null,
    findings: [],
    passed: [],
    notTested: [],
    notApplicable: [],
    endedEarly: null,
  };
}

function endpointOf({
  target,
  address,
  connections,
  isReached,
  isLost = false,
  control,
  endedEarly,
}: ScanReport): Partial<Report> {
  const lost = isLost ? { isLost } : {};
  return { target, address, connections, isReached, ...lost, control, endedEarly };
}

function sorted(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (one, other) => severities.indexOf(other.severity) - severities.indexOf(one.severity),
  );
}
