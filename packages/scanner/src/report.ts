import type { BrowserReport } from "./browser/browser-evidence.ts";
import type { Confidence, References, Remedy, ReportGroup } from "./check.ts";
import type { Discovery } from "./discover/discover-endpoints.ts";
import type { Exchange } from "./probe/transcript.ts";
import type { Severity } from "./severity.ts";

/** A fault of the target, with everything that is said about it. */
export interface Finding {
  /** The check's id. */
  readonly check: string;
  /** The endpoint that has it, where more than one was scanned. */
  readonly endpoint?: string;
  readonly group: ReportGroup;
  readonly severity: Severity;
  readonly cvss: string;
  readonly confidence: Confidence;
  readonly title: string;
  /** What was seen. */
  readonly detail: string;
  readonly evidence: readonly Exchange[];
  /** One command that shows it again. */
  readonly reproduce: string;
  readonly remedy: Remedy;
  readonly references: References;
  /** What of a project it is about, such as `ws GHSA-…`: the same as long as the fault is, whatever the versions and lines. Absent in a scan. */
  readonly subject?: string;
  /** Where it is in the project's files. Absent in a scan. */
  readonly place?: Place;
  /** Why it is accepted: it does not count for `--fail-on`. Absent where it is not. */
  readonly accepted?: string;
}

/** A line of a file, by its path in the project, with `/` on every system. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A check without a finding, and why. */
export interface Remark {
  readonly check: string;
  /** The endpoint that it is about, where more than one was scanned. */
  readonly endpoint?: string;
  readonly group: ReportGroup;
  readonly title: string;
  /** Why it was not tested or does not apply; for what passed, a note or nothing. */
  readonly reason: string;
}

/** The client that was tested, where one was. */
export interface TestedClient {
  /** What it says it is: its `User-Agent`. */
  readonly agent: string | null;
  /** The command that it was started by; null where it came by itself. */
  readonly command: string | null;
}

/** The normal connection that everything was compared with. */
export interface ReportedControl {
  readonly isUsable: boolean;
  readonly problem: string;
  readonly origin: string | null;
  readonly subprotocol: string | null;
  /** The subprotocol that was not given, and without which nobody is admitted: every check offered it. Absent where there is none. */
  readonly foundSubprotocol?: string;
  readonly roundTripMs: number;
  readonly exchange: Exchange;
}

/** One of several endpoints. */
export interface EndpointReport {
  readonly target: string;
  readonly address: string;
  readonly control: ReportedControl;
}

/** What was read of a project. */
export interface ProjectSummary {
  /** As it was given. */
  readonly directory: string;
  readonly lockfiles: readonly LockfileSummary[];
  readonly libraries: readonly LibrarySummary[];
  /** How many files were linted, and by what; null where none was. */
  readonly linted: { readonly files: number; readonly by: string } | null;
  /** The policies that were checked, by their paths. */
  readonly policies: readonly string[];
  readonly advisories: { readonly checked: string; readonly count: number } | null;
}

/** A lockfile that was read whole. */
export interface LockfileSummary {
  readonly file: string;
  /** Such as `npm, version 3`. */
  readonly format: string;
  readonly packages: number;
}

/** A WebSocket library of a project. */
export interface LibrarySummary {
  readonly name: string;
  readonly version: string;
  readonly lockfile: string;
  readonly how: "direct" | "transitive" | "bundled";
  /** By what it is brought, such as `socket.io > engine.io > ws`. */
  readonly paths: readonly string[];
  /** Ids of the advisories that it is under. */
  readonly advisories: readonly string[];
}

/** A requirement of a standard, and what an audit can say about it. */
export interface ChecklistItem {
  /** Such as `v5.0.0-4.4.2`. */
  readonly requirement: string;
  readonly level: 1 | 2 | 3;
  readonly title: string;
  /** `unknown`: it cannot be told from here. */
  readonly state: "met" | "not met" | "unknown";
  /** What decided it, or what would be needed to. */
  readonly evidence: readonly string[];
}

/** What a scan of an endpoint came to. */
export interface ScanReport extends Report {
  readonly control: ReportedControl;
}

/** What a scan or an audit came to. This is what `--format json` prints, and what every other format is made of. */
export interface Report {
  /** Of this shape. */
  readonly version: 1;
  readonly scanner: string;
  /** The URL, without secrets; of an audit without one, the folder; where a client was tested, the one that it connected to. */
  readonly target: string;
  readonly address: string;
  /** Absent where an endpoint was tested, and not a client. */
  readonly client?: TestedClient;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Connections that were opened. */
  readonly connections: number;
  /** Something answered with HTTP at the target's address. */
  readonly isReached: boolean;
  /** The target no longer admitted a normal connection before the scan was done. Absent where it did, and where a client or a project was tested. */
  readonly isLost?: boolean;
  /** A connection as a page of the target makes it; null where no endpoint was scanned. */
  readonly control: ReportedControl | null;
  /** The endpoints, where more than one was scanned; `target` is then the page that they were found by. */
  readonly endpoints?: readonly EndpointReport[];
  /** The endpoints that a page was found to have, where it was looked for. */
  readonly discovery?: Discovery;
  /** What a real browser saw, where one was asked. */
  readonly browser?: BrowserReport;
  /** The worst first. */
  readonly findings: readonly Finding[];
  readonly passed: readonly Remark[];
  /** Never to be taken for safe. */
  readonly notTested: readonly Remark[];
  readonly notApplicable: readonly Remark[];
  /** Absent in a scan of an endpoint alone. */
  readonly project?: ProjectSummary;
  /** Of OWASP ASVS; absent in a scan of an endpoint alone. */
  readonly checklist?: readonly ChecklistItem[];
  /** Why the scan ended early; null where it did not. */
  readonly endedEarly: string | null;
}
