import type { FindingEvent } from "../events.ts";

/** A finding that is remembered, and what became of it. */
export interface KeptFinding extends FindingEvent {
  /** When it was found, ISO 8601. */
  readonly at: string;
  /** When somebody took back what was done about it, ISO 8601; `null`: nobody did. */
  readonly undoneAt: string | null;
}

/** A part of the list of findings. */
export interface FindingPage {
  /** The newest first. */
  readonly findings: readonly KeptFinding[];
  /** How many are remembered. */
  readonly kept: number;
  /** The place of the next page; `null`: this is the last. */
  readonly next: number | null;
}

/** Which part of the list is asked for. */
export interface FindingQuery {
  /** Findings at most. */
  readonly limit: number;
  /** The `next` of the page before; `null`: the newest. */
  readonly before: number | null;
}

/** Findings that are remembered; some kilobyte each. */
export const MAX_FINDINGS = 1000;

interface Entry {
  readonly number: number;
  finding: KeptFinding;
}

/** The last findings, by incident. Bounded: the oldest go first. */
export class Findings {
  readonly #entries = new Map<string, Entry>();
  #last = 0;

  /** Keeps a finding. @param wallNow milliseconds since the epoch */
  add(event: FindingEvent, wallNow: number): void {
    const finding = { at: new Date(wallNow).toISOString(), undoneAt: null, ...event };
    this.#entries.set(event.incident, { number: ++this.#last, finding });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_FINDINGS && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** The finding with this incident; `null` when it is not known any more. */
  find(incident: string): KeptFinding | null {
    return this.#entries.get(incident)?.finding ?? null;
  }

  /** Notes that what was done about it was taken back. */
  undone(incident: string, wallNow: number): void {
    const entry = this.#entries.get(incident);
    if (entry !== undefined) entry.finding = { ...entry.finding, undoneAt: new Date(wallNow).toISOString() };
  }

  /** A part of the list. */
  list({ limit, before }: FindingQuery): FindingPage {
    const behind = [...this.#entries.values()]
      .toReversed()
      .filter(({ number }) => before === null || number < before);
    const page = behind.slice(0, limit);
    const next = behind.length > limit ? (page.at(-1)?.number ?? null) : null;
    return { findings: page.map(({ finding }) => finding), kept: this.#entries.size, next };
  }
}
