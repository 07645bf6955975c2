import type { FindingEvent, SallyportEvent, Severity } from "../../events.ts";

/** Something that may be told by an alert. */
export interface Notice {
  /** The detector or rule that found it; `gate`: the gate itself could not do something. */
  readonly detector: string;
  readonly severity: Severity;
  readonly sentence: string;
  /** When, wall clock, milliseconds since the epoch. */
  readonly at: number;
  /** `null`: it is about the gate itself. */
  readonly finding: FindingEvent | null;
}

/** Notices of one detector, told together. */
export interface Alert {
  readonly detector: string;
  /** The worst of them. */
  readonly severity: Severity;
  /** The worst one, the first of those. */
  readonly notice: Notice;
  /** How many there are. */
  readonly count: number;
  /** When the first and the last were noticed, wall clock, milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  /** Some of the others. */
  readonly others: readonly Notice[];
  /** Notices that were left out before this alert: they could not be delivered. */
  readonly leftOut: number;
}

/** What is left of a text where it is longer. */
const MAX_CHARACTERS = 1000;

/** What an event gives an alert to tell; `null`: nothing. */
export function noticeOf(event: SallyportEvent, at: number): Notice | null {
  if (event.type === "finding") {
    const { detector, severity, sentence } = event;
    return { detector, severity, sentence: shorten(sentence), at, finding: event };
  }
  if (event.type !== "gate" || event.level !== "error") return null;
  const { message, detail } = event;
  const sentence = detail === undefined ? message : `${message}: ${detail}`;
  return { detector: "gate", severity: "high", sentence: shorten(sentence), at, finding: null };
}

/** Severities, the least first. */
export const severities: readonly Severity[] = ["low", "medium", "high", "critical"];

/** Whether one severity is above another. */
export function isWorse(severity: Severity, than: Severity): boolean {
  return severities.indexOf(severity) > severities.indexOf(than);
}

/** As much of a text as an alert shows. */
export function shorten(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
}
