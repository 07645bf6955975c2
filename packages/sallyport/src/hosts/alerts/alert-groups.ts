import type { Severity } from "../../events.ts";
import { isWorse, type Alert, type Notice } from "./alert.ts";

/** Names of detectors come from the configuration; whatever they were, no more are kept apart. */
const MAX_GROUPS = 200;
/** Of each group, besides the worst. */
const MAX_OTHERS = 4;
/** Alerts that may go out at once before the rate holds. */
const BURST = 10;

/** How notices become alerts. */
export interface AlertGroupsOptions {
  /** Milliseconds after an alert in which what the same detector finds is gathered. */
  readonly groupMs: number;
  /** Alerts per second, after a burst of ten. */
  readonly atMost: number;
}

interface Group {
  notice: Notice;
  severity: Severity;
  count: number;
  since: number;
  until: number;
  others: Notice[];
}

/**
 * Gathers notices into alerts: the first of a detector at once, those that follow within a time as one, and never more of all than
 * the rate allows. Counts each; takes time as a number and has no timer of its own.
 */
export class AlertGroups {
  readonly #options: AlertGroupsOptions;
  readonly #groups = new Map<string, Group>();
  /** When the next alert of a detector may go. */
  readonly #quietUntil = new Map<string, number>();
  #tokens = BURST;
  #filledAt = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  constructor(options: AlertGroupsOptions) {
    this.#options = options;
  }

  /** Notices of which nobody was told yet: those that wait, and those that were left out since the last alert. */
  get untold(): number {
    let sum = this.#leftOut;
    for (const { count } of this.#groups.values()) sum += count;
    return sum;
  }

  /** Takes a notice; beyond two hundred detectors it is left out, and counted. */
  take(notice: Notice): void {
    const group = this.#groups.get(notice.detector);
    if (group === undefined && this.#groups.size >= MAX_GROUPS) this.#leftOut += 1;
    else if (group === undefined) this.#groups.set(notice.detector, groupOf(notice));
    else join(group, notice);
  }

  /** An alert that was taken out did not arrive: what it told is left out. */
  lose({ count, leftOut }: Pick<Alert, "count" | "leftOut">): void {
    this.#leftOut += count + leftOut;
  }

  /** Takes out the next alert that is due; `null`: none is. */
  next(now: number): Alert | null {
    this.#fill(now);
    if (this.#tokens < 1) return null;
    for (const [detector, group] of this.#groups) {
      if (this.#quietOf(detector, now) > now) continue;
      this.#groups.delete(detector);
      this.#tokens -= 1;
      this.#quiet(detector, now);
      return this.#alert(detector, group);
    }
    return null;
  }

  /** Takes out whatever waits, due or not: the gate ends. */
  last(): Alert | null {
    for (const [detector, group] of this.#groups) {
      this.#groups.delete(detector);
      return this.#alert(detector, group);
    }
    return null;
  }

  /** When `next` has something, at the earliest; `null`: nothing waits. */
  due(now: number): number | null {
    if (this.#groups.size === 0) return null;
    this.#fill(now);
    const allowed = this.#tokens >= 1 ? now : now + ((1 - this.#tokens) * 1000) / this.#options.atMost;
    const quiet = [...this.#groups.keys()].map((detector) => this.#quietOf(detector, now));
    return Math.max(allowed, Math.min(...quiet));
  }

  #alert(detector: string, group: Group): Alert {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return { detector, ...group, leftOut };
  }

  /** Further off than it was ever put, the clock was set back: nothing may wait for the old time to come again. */
  #quietOf(detector: string, now: number): number {
    const until = this.#quietUntil.get(detector) ?? 0;
    return until - now > this.#options.groupMs ? 0 : until;
  }

  #quiet(detector: string, now: number): void {
    for (const [known, until] of this.#quietUntil) if (until <= now) this.#quietUntil.delete(known);
    this.#quietUntil.set(detector, now + this.#options.groupMs);
  }

  #fill(now: number): void {
    const gained = (Math.max(0, now - this.#filledAt) * this.#options.atMost) / 1000;
    this.#tokens = Math.min(BURST, this.#tokens + gained);
    this.#filledAt = now;
  }
}

function groupOf(notice: Notice): Group {
  const { severity, at } = notice;
  return { notice, severity, count: 1, since: at, until: at, others: [] };
}

function join(group: Group, notice: Notice): void {
  group.count += 1;
  group.until = notice.at;
  const worse = isWorse(notice.severity, group.severity);
  const other = worse ? group.notice : notice;
  if (worse) Object.assign(group, { notice, severity: notice.severity });
  if (group.others.length < MAX_OTHERS) group.others.push(other);
}
