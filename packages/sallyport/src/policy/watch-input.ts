type Severity = "low" | "medium" | "high" | "critical";
type Answer = "alert" | "slow" | "refresh" | "close" | "ban";

/** What is watched for, and what is done about it; see the reference for each option. */
export interface WatchInput {
  readonly mode?: "enforce" | "observe";
  readonly allow?: readonly string[];
  readonly allowUsers?: readonly string[];
  readonly ban?: { readonly first?: string; readonly most?: string; readonly decay?: string };
  readonly slow?: { readonly to?: string; readonly for?: string };
  readonly learn?: string;
  readonly quiet?: string;
  readonly findings?: number;
  readonly keys?: number;
  /** By their names. */
  readonly detectors?: Readonly<
    Record<
      string,
      | "off"
      | false
      | { readonly severity?: Severity; readonly answer?: Answer; readonly [option: string]: unknown }
    >
  >;
  readonly rules?: readonly {
    readonly name: string;
    readonly when: string;
    readonly by?: "address" | "user" | "session" | "route";
    readonly count?: number;
    readonly within?: string;
    readonly severity?: Severity;
    readonly answer?: Answer;
    readonly say: string;
  }[];
}
