import { randomBytes } from "node:crypto";
import type { SallyportEvent } from "../../events.ts";
import type { AlertTargetPolicy } from "../../policy/output-policy.ts";
import { systemClock } from "../outgoing-clock.ts";
import { outgoingPost } from "../outgoing-post.ts";
import { noticeOf } from "./alert.ts";
import { AlertTarget, type AlertServices } from "./alert-target.ts";

/** Bytes of a message's id. */
const ID_BYTES = 12;

/** What targets are lent by a running gate. */
export function alertServices({ emit, count }: Pick<AlertServices, "emit" | "count">): AlertServices {
  return {
    post: outgoingPost,
    ...systemClock,
    newId: () => `msg_${randomBytes(ID_BYTES).toString("hex")}`,
    emit,
    count,
  };
}

/** Every webhook that is told of findings. */
export class Alerts {
  readonly #services: AlertServices;
  #targets = new Map<string, AlertTarget>();

  constructor(services: AlertServices) {
    this.#services = services;
  }

  /** Tells those targets from now on. One that stays the same goes on; one that is left out makes its last attempts. */
  setTargets(policies: readonly AlertTargetPolicy[], withinMs: number): void {
    const before = this.#targets;
    const keys = policies.map((policy) => [JSON.stringify(policy), policy] as const);
    this.#targets = new Map(
      keys.map(([key, policy]) => [key, before.get(key) ?? new AlertTarget(policy, this.#services)] as const),
    );
    for (const [key, target] of before) if (!this.#targets.has(key)) void target.close(withinMs);
  }

  /** Takes an event; those that no alert tells are nothing to it. */
  take(event: SallyportEvent, at: number): void {
    if (this.#targets.size === 0) return;
    const notice = noticeOf(event, at);
    if (notice === null) return;
    for (const target of this.#targets.values()) target.take(notice);
  }

  /** Makes last attempts, within a time. Answers how many findings were not delivered, of all targets. */
  async close(withinMs: number): Promise<number> {
    const lost = await Promise.all([...this.#targets.values()].map((target) => target.close(withinMs)));
    return lost.reduce((sum, count) => sum + count, 0);
  }
}
