import type { BrowserReport } from "./browser/browser-evidence.ts";
import type { Confidence, Group, References, Remedy } from "./check.ts";
import type { Discovery } from "./discover/discover-endpoints.ts";
import type { Exchange } from "./probe/transcript.ts";
import type { Severity } from "./severity.ts";

/** A fault of the target, with everything that is said about it. */
export interface Finding {
  /** The check's id. */
  readonly check: string;
  /** The endpoint that has it, where more than one was scanned. */
  readonly endpoint?: string;
  readonly group: Group;
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
  /** Why it is accepted: it does not count for `--fail-on`. Absent where it is not. */
  readonly accepted?: string;
}

/** A check without a finding, and why. */
export interface Remark {
  readonly check: string;
  /** The endpoint that it is about, where more than one was scanned. */
  readonly endpoint?: string;
  readonly group: Group;
  readonly title: string;
  /** Why it was not tested or does not apply; for what passed, a note or nothing. */
  readonly reason: string;
}

/** What a normal connection was like, with which everything else is compared. */
export interface ControlReport {
  readonly isUsable: boolean;
  readonly problem: string;
  readonly origin: string | null;
  readonly subprotocol: string | null;
  readonly roundTripMs: number;
  readonly exchange: Exchange;
}

/** One of several endpoints. */
export interface EndpointReport {
  readonly target: string;
  readonly address: string;
  readonly control: ControlReport;
}

/** What a scan came to. This is what `--format json` prints, and what every other format is made of. */
export interface Report {
  /** Of this shape. */
  readonly version: 1;
  readonly scanner: string;
  /** The URL, without secrets. */
  readonly target: string;
  readonly address: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Connections that were opened. */
  readonly connections: number;
  /** Something answered at the target's address. */
  readonly isReached: boolean;
  /** Where several endpoints were scanned, that of one of them. */
  readonly control: ControlReport;
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
  /** Why the scan ended early; null where it did not. */
  readonly endedEarly: string | null;
}
