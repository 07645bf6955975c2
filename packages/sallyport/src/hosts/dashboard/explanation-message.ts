/** Why something was refused or noticed, in words: the answer to `GET /incidents/{incident}/explanation`. Strings of peers are in it as they came. */
export interface Explanation {
  readonly incident: string;
  /** ISO 8601. */
  readonly at: string;
  readonly type: "handshake" | "decision" | "finding";
  /** What was decided; `alert`: the watch noticed something. */
  readonly verdict: "refuse" | "observe" | "report" | "drop" | "replace" | "close" | "alert";
  /** The guard that decided; `watch`. */
  readonly guard: string;
  /** The code of the decision, or the detector of the watch. */
  readonly code: string;
  /** Who, what, where and why, in one sentence. */
  readonly sentence: string;
  /** The key of the configuration by which it was decided, such as `origin.allow`; `null`: it is no question of the configuration. */
  readonly rule: string | null;
  /** What was found. */
  readonly value: string;
  /** How the operator can allow it, or what the peer should mend. */
  readonly mend: string;
  /** What to write, and where, so that it is allowed; `null`: no line of the configuration does that. */
  readonly allow: { readonly where: string; readonly line: string } | null;
  readonly route: string | null;
  readonly address: string | null;
  readonly user: string | null;
  readonly session: string | null;
  /** The page that it came from. */
  readonly origin: string | null;
  /** Of a finding. */
  readonly severity: string | null;
  /** What was done about a finding; `null`: nothing, or it is none. */
  readonly done: string | null;
  /** Whether what was done about a finding can be taken back. */
  readonly isUndoable: boolean;
  /** Where to read more. */
  readonly references: readonly string[];
}
