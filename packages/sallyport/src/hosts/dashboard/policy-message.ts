/** One option of a guard, as it would be written in a configuration. */
export interface GuardValue {
  /** Below the guard, such as `perAddress`; empty where the guard takes one value. */
  readonly key: string;
  /** With its unit, such as `64KiB`; what is secret is counted, not told. */
  readonly value: string;
}

/** A guard of a route, and what it is told. */
export interface GuardInForce {
  readonly name: string;
  readonly mode: "enforce" | "observe";
  readonly values: readonly GuardValue[];
}

/** A route, and the guards that are asked on it. */
export interface RouteInForce {
  /** Its label in the log and the metrics. */
  readonly route: string;
  readonly guards: readonly GuardInForce[];
}

/** What a guard that only observes would have refused, all of one kind. */
export interface ObservedKind {
  /** `null`: before a route was known. */
  readonly route: string | null;
  readonly guard: string;
  readonly code: string;
  readonly count: number;
  /** The newest of them, and what it was about. ISO 8601. */
  readonly last: string;
  readonly incident: string;
  readonly detail: string;
  readonly address: string;
  readonly user: string | null;
}

/** What guards that only observe would have refused. */
export interface ObservedRefusals {
  /** Since when it was looked for, ISO 8601. */
  readonly since: string;
  /** Where it was found: the journal, or the last decisions that this process keeps in memory. */
  readonly from: "journal" | "memory";
  /** The most frequent first. */
  readonly kinds: readonly ObservedKind[];
  /** There was more than could be looked through. */
  readonly cut: boolean;
}

/** Something that a changed policy does otherwise than what was done. */
export interface BackTestChange {
  readonly change: "refused" | "no-longer-refused" | "replaced";
  readonly what: "handshake" | "message" | "connection";
  readonly session: string | null;
  readonly route: string | null;
  readonly user: string | null;
  readonly address: string;
  readonly sequence: number | null;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly direction: "inbound" | "outbound" | null;
  readonly guard: string | null;
  readonly code: string | null;
  readonly detail: string;
}

/** What was counted of a route. */
export interface BackTestCounts {
  readonly route: string;
  readonly sessions: number;
  readonly handshakes: number;
  readonly messages: number;
  /** What passed then and is refused now. */
  readonly refused: number;
  readonly stillRefused: number;
  readonly noLongerRefused: number;
  readonly replaced: number;
}

/** What a changed policy would have done with what was recorded. */
export interface BackTestResult {
  /** Nothing that passed then is refused now. */
  readonly ok: boolean;
  readonly routes: readonly BackTestCounts[];
  /** The first of them; `left` says how many more there were. */
  readonly changes: readonly BackTestChange[];
  readonly left: number;
  /** What could not be judged, and why, as sentences. */
  readonly notes: readonly string[];
  /** Why it did not go on to the end; `null`: it did. */
  readonly cut: "time" | "records" | null;
  readonly records: number;
  /** The guards of the policy that was tried. */
  readonly policy: readonly RouteInForce[];
}

/** How far a work that takes long has come. */
export interface WorkProgress {
  readonly done: number;
  readonly of: number;
  readonly records: number;
}

/** A back-test, running or done. */
export interface BackTestState {
  readonly state: "running" | "done" | "failed";
  /** Who began it, and when. */
  readonly by: string;
  readonly startedAt: string;
  readonly progress: WorkProgress;
  /** Where it is done. */
  readonly result: BackTestResult | null;
  /** Where it failed: everything that is wrong. */
  readonly problems: readonly string[];
}
