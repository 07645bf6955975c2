import type { Emit } from "../../events.ts";
import type { AlertTargetPolicy } from "../../policy/output-policy.ts";
import type { OutgoingClock } from "../outgoing-clock.ts";
import type { CountOutput } from "../output-count.ts";
import { FIRST_PAUSE_MS, outgoingPause } from "../outgoing-pause.ts";
import { whyNotTaken, type Post, type PostOutcome } from "../outgoing-post.ts";
import { OutgoingWaits } from "../outgoing-waits.ts";
import type { Alert, Notice } from "./alert.ts";
import { isWorse } from "./alert.ts";
import { alertBody } from "./alert-body.ts";
import { AlertGroups } from "./alert-groups.ts";
import { webhookHeaders } from "./webhook-headers.ts";

/** What a target is lent. */
export interface AlertServices extends OutgoingClock {
  readonly post: Post;
  /** A new id of a message. */
  readonly newId: () => string;
  readonly emit: Emit;
  readonly count: CountOutput;
}

/** The longest wait before another attempt. */
const LONGEST_WAIT_MS = 60_000;

/**
 * One webhook: gathers what it is to be told, posts one alert at a time, and tries again within `retryFor`. Nobody waits for it, and
 * what it holds is bounded by the number of detectors. That it does not work is told once, and once that it works again.
 */
export class AlertTarget {
  readonly #target: AlertTargetPolicy;
  readonly #services: AlertServices;
  readonly #groups: AlertGroups;
  readonly #waits: OutgoingWaits;
  readonly #gaveUp = new AbortController();
  #running: Promise<void> | null = null;
  #failing = false;
  /** Findings of the alert that is on its way. */
  #onItsWay = 0;
  /** Findings that can be told nowhere any more. */
  #lost = 0;

  constructor(target: AlertTargetPolicy, services: AlertServices) {
    this.#target = target;
    this.#services = services;
    this.#groups = new AlertGroups(target);
    this.#waits = new OutgoingWaits(services);
  }

  /** Takes a notice that this target is told of, and returns at once. */
  take(notice: Notice): void {
    const { minSeverity, detectors } = this.#target;
    if (this.#waits.ended || isWorse(minSeverity, notice.severity)) return;
    if (detectors !== null && !detectors.includes(notice.detector)) return;
    this.#groups.take(notice);
    this.#waits.wake();
    this.#running ??= this.#run();
  }

  /** Makes one last attempt for each alert that waits, within a time. Answers how many findings were not delivered. */
  async close(withinMs: number): Promise<number> {
    this.#waits.end();
    await this.#waits.within(withinMs, this.#finish());
    this.#gaveUp.abort();
    return this.#lost + this.#onItsWay + this.#groups.untold;
  }

  async #finish(): Promise<void> {
    await this.#running;
    for (let alert = this.#groups.last(); alert !== null; alert = this.#groups.last()) {
      if (this.#gaveUp.signal.aborted) return void (this.#lost += alert.count + alert.leftOut);
      await this.#deliver(alert);
    }
  }

  async #run(): Promise<void> {
    const { now } = this.#services;
    for (;;) {
      const due = this.#waits.ended ? null : this.#groups.due(now());
      if (due === null) break;
      const alert = this.#groups.next(now());
      if (alert !== null) await this.#deliver(alert);
      // At least a millisecond: what is due by rounding may not be due by the count of tokens.
      else await this.#waits.forMore(Math.max(due - now(), 1));
    }
    this.#running = null;
  }

  async #deliver(alert: Alert): Promise<void> {
    this.#onItsWay = alert.count + alert.leftOut;
    const [id, body] = [this.#services.newId(), alertBody(this.#target, alert)];
    const begun = this.#services.now();
    let wait = FIRST_PAUSE_MS;
    for (;;) {
      const outcome = await this.#attempt(id, body);
      if (outcome.kind === "taken") {
        this.#services.count("alerts", "sent", 1);
        this.#works();
        break;
      }
      this.#fails(outcome);
      const pause = outgoingPause(outcome, wait, this.#services.random);
      const isOver = this.#services.now() + pause - begun > this.#target.retryForMs;
      if (this.#waits.ended || pause < 0 || isOver) {
        this.#services.count("alerts", "failed", 1);
        if (this.#waits.ended) this.#lost += this.#onItsWay;
        else this.#groups.lose(alert);
        break;
      }
      await this.#waits.forMs(pause);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    this.#onItsWay = 0;
  }

  #attempt(id: string, body: string): Promise<PostOutcome> {
    const { url, timeoutMs } = this.#target;
    const headers = webhookHeaders(this.#target, { id, now: this.#services.now(), body });
    return this.#services.post({ url, headers, body, timeoutMs, signal: this.#gaveUp.signal });
  }

  #fails(outcome: Exclude<PostOutcome, { kind: "taken" }>): void {
    if (this.#failing) return;
    this.#failing = true;
    const detail = `${this.#target.host}: ${whyNotTaken(outcome)}`;
    this.#services.emit({ type: "gate", level: "warn", message: "alerts are not delivered", detail });
  }

  #works(): void {
    if (!this.#failing) return;
    this.#failing = false;
    const detail = this.#target.host;
    this.#services.emit({ type: "gate", level: "info", message: "alerts are delivered again", detail });
  }
}
