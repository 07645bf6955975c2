import type { Subject } from "../events.ts";
import { beginJudgement } from "../guards/cel-environment.ts";
import type { CelEvent } from "../guards/cel-event.ts";
import { compileEventCel, type CelAnswer } from "../guards/cel.ts";
import { quoted } from "../guards/quoted.ts";
import type { DetectorServices } from "./detector.ts";
import { saidDuration } from "./said.ts";
import { Suspects, type Suspect } from "./suspects.ts";
import type { WatchRule } from "./watch-options.ts";

class Counted implements Suspect {
  count = 0;
  /** Of them, what nobody else can have caused. */
  own = 0;
  since = Number.NEGATIVE_INFINITY;

  // About so many: others may have had a part in it, and somebody may be banned for the sum.
  inherit(count: number, now: number): void {
    this.count = Math.min(count, 1);
    this.own = this.count;
    this.since = now;
  }

  get suspicion(): number {
    return this.count;
  }
}

/** A rule of a team's own at work: counts the events of which its condition is true. A condition without a verdict counts nothing. */
export class EventRule {
  readonly #rule: WatchRule;
  readonly #services: DetectorServices;
  readonly #evaluate: (event: CelEvent) => CelAnswer;
  readonly #counted: Suspects<Counted>;
  #undecided = 0;

  /** @throws TypeError for a condition that the configuration's check refuses */
  constructor(rule: WatchRule, services: DetectorServices) {
    const compiled = compileEventCel(rule.when);
    if (!compiled.ok) throw new TypeError(`rule ${rule.name}: ${compiled.problems.join("; ")}`);
    this.#rule = rule;
    this.#services = services;
    this.#evaluate = compiled.evaluate;
    this.#counted = new Suspects(services, () => new Counted());
  }

  /** Keys that it tells apart. */
  get size(): number {
    return this.#counted.size;
  }

  /** Events about which its condition said nothing. */
  get undecided(): number {
    return this.#undecided;
  }

  /**
   * Takes an event. Of an address, what a foreign page can make the browsers behind it do is told, and not held against them.
   *
   * @param isForgeable whether such a page can have caused it
   */
  take(event: CelEvent, now: number, isForgeable = false): void {
    const { count, within, by, answer: wanted } = this.#rule;
    const subject = this.#subjectOf(event);
    if (subject === null) return;
    beginJudgement();
    const answer = this.#evaluate(event);
    if (typeof answer !== "boolean") this.#undecided += 1;
    if (answer !== true) return;
    // One event alone decides: nothing is to be counted.
    const counted = count === 1 ? new Counted() : this.#counted.came(subject.value, now);
    if (counted === null) return;
    if (now - counted.since >= within) {
      counted.since = now;
      counted.count = 0;
      counted.own = 0;
    }
    counted.count += 1;
    if (by !== "address" || !isForgeable) counted.own += 1;
    const isOwn = counted.own >= count;
    // What others could have caused is told once within the time, and goes on to be counted beside what is their own.
    if (!isOwn && counted.count !== count) return;
    const reached = isOwn ? counted.own : counted.count;
    if (isOwn) counted.count = counted.own = 0;
    const span = count === 1 ? "" : ` within ${saidDuration(now - counted.since)}`;
    this.#services.find(
      {
        subject,
        sentence: `${this.#rule.say}: ${reached} ${reached === 1 ? "event" : "events"} of ${by} ${by === "user" ? quoted(subject.value) : subject.value}${span}`,
        measured: { count: reached, withinMs: now - counted.since, limit: count },
        answer: isOwn ? wanted : "alert",
        route: event.route,
        address: event.address,
        user: event.user,
        session: event.session,
      },
      now,
    );
  }

  #subjectOf(event: CelEvent): Subject | null {
    const { by: kind } = this.#rule;
    const value = kind === "address" ? this.#addressOf(event.address) : event[kind];
    return value === null ? null : { kind, value };
  }

  #addressOf(address: string | null): string | null {
    return address === null ? null : (this.#services.places.of(address)?.one ?? null);
  }
}
