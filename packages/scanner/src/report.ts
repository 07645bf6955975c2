import type { Confidence, Group, References, Remedy } from "./check.ts";
import type { Exchange } from "./probe/transcript.ts";
import type { Severity } from "./severity.ts";

/** A fault of the target, with everything that is said about it. */
export interface Finding {
  /** The check's id. */
  readonly check: string;
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
  readonly group: Group;
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

/** What a scan came to. This is what `--format json` prints, and what every other format is made of. */
export interface Report {
  /** Of this shape. */
  readonly version: 1;
  readonly scanner: string;
  /** The URL, without secrets. Where a client was tested: the one that it connected to. */
  readonly target: string;
  readonly address: string;
  /** Absent where an endpoint was tested, and not a client. */
  readonly client?: TestedClient;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Connections that were opened. */
  readonly connections: number;
  /** Something answered at the target's address. */
  readonly isReached: boolean;
  readonly control: {
    readonly isUsable: boolean;
    readonly problem: string;
    readonly origin: string | null;
    readonly subprotocol: string | null;
    readonly roundTripMs: number;
    readonly exchange: Exchange;
  };
  /** The worst first. */
  readonly findings: readonly Finding[];
  readonly passed: readonly Remark[];
  /** Never to be taken for safe. */
  readonly notTested: readonly Remark[];
  readonly notApplicable: readonly Remark[];
  /** Why the scan ended early; null where it did not. */
  readonly endedEarly: string | null;
}
