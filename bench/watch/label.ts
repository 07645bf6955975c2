/** How loud: `rung` is one of a ladder of intensities, of which the table tells the lowest that is found. */
export type Loudness = "blatant" | "moderate" | "stealthy" | "rung";

/** What was done in a simulation, by whom and when: the truth that findings are judged by. */
export interface Label {
  readonly kind: string;
  readonly loudness: Loudness;
  /** Detectors of the contract that should tell it. */
  readonly detectors: readonly string[];
  /** `false`: nobody can be blamed for missing it; it is counted apart. */
  readonly mustFind: boolean;
  /** Something that deserves no alarm and is no mistake to tell of either, such as a burst of an internet-wide scanner. */
  readonly grey: boolean;
  /** Its own measure, such as events within its time; comparable within a kind. */
  readonly intensity: number;
  readonly unit: string;
  readonly from: number;
  readonly until: number;
  /** Whom or what a finding may be about. Filled while it happens. */
  readonly addresses: Set<string>;
  /** CIDR ranges, where single addresses would be too many to keep. */
  readonly networks: Set<string>;
  readonly users: Set<string>;
  readonly sessions: Set<string>;
  /** Routes, where a finding of one of `detectors` about the route as a whole tells this. */
  readonly routes: Set<string>;
}

type Told = Pick<
  Label,
  "kind" | "loudness" | "detectors" | "mustFind" | "intensity" | "unit" | "from" | "until"
>;

/** A label about nobody yet. */
export function createLabel(told: Told & { readonly grey?: boolean }): Label {
  return {
    grey: false,
    ...told,
    addresses: new Set(),
    networks: new Set(),
    users: new Set(),
    sessions: new Set(),
    routes: new Set(),
  };
}
