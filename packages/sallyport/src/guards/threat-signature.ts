/** What a signature is about. */
export type ThreatCategory = "script" | "sql" | "shell" | "path" | "template" | "ssrf";

/** How strict the detection is: 1 finds what is hardly ever harmless, 4 finds whatever looks odd (OWASP CRS). */
export type Paranoia = 1 | 2 | 3 | 4;

/** What a match counts, as in the OWASP Core Rule Set. */
export const severityScore = { critical: 5, error: 4, warning: 3, notice: 2 } as const;

/** One pattern of an attack, as a row of data. */
export interface ThreatSignature {
  /** Category, then what it is. Never used for another. */
  readonly id: `${ThreatCategory}-${string}`;
  readonly category: ThreatCategory;
  /** From which paranoia level on it is looked for. */
  readonly paranoia: Paranoia;
  readonly severity: keyof typeof severityScore;
  /**
   * A regular expression, case-insensitive, without look-around and back-references. Every repetition is bounded, but for a last one in
   * an alternative that is anchored at both ends: so each position of a text costs a bounded time.
   */
  readonly pattern: string;
  /**
   * What the pattern is matched with: the decoded `value`; the `flat` value, as SQL and shells read it, besides; or each `target`, a
   * URL in the value as `whole http://127.0.0.1:80/` (the value is that URL), `part …` (a parameter is) or `text …` (it stands in prose).
   */
  readonly on: "value" | "flat" | "target";
  /** Looked for only in values of one line: of several, it would be a program that somebody shows. Absent: in any. */
  readonly oneLine?: true;
  readonly description: string;
  /** Examples that it matches; a test says so. */
  readonly hits: readonly string[];
  /** Harmless look-alikes that it does not match; a test says so. */
  readonly benign: readonly string[];
}
