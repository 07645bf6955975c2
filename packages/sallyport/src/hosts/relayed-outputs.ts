import { noticeOf } from "./alerts/alert.ts";
import type { OpenOutputs } from "./outputs.ts";
import { systemClock } from "./outgoing-clock.ts";
import { OutgoingWaits } from "./outgoing-waits.ts";
import type { TimedEvent } from "./telemetry/otlp-records.ts";

/** Hands events to the process that has the outputs; resolves when that has them. */
export type SendEvents = (events: readonly TimedEvent[]) => Promise<void>;

/** Events that wait for the other process; what comes beyond is lost, and counted. */
const MAX_WAITING = 8192;
/** Events of one message. */
const MAX_BATCH = 512;
/** The longest that an event waits for others. */
const GATHER_MS = 50;

/**
 * The outputs of a worker: what it has to tell goes to the process that has them, in batches, one after the other. An event that no
 * output of the policy takes goes nowhere. What was lost is told there, with its number.
 *
 * @param send rejects when that process has gone
 */
export function relayedOutputs(send: SendEvents): OpenOutputs {
  return (policy, { emit }) => {
    const { otlp, ocsf } = policy.telemetry;
    const wantsAll = otlp !== null || ocsf !== null;
    let wantsNotices = policy.alerts.length > 0;
    let waiting: TimedEvent[] = [];
    let lost = 0;
    let running: Promise<void> | null = null;
    const waits = new OutgoingWaits(systemClock);
    const run = async (): Promise<void> => {
      while (waiting.length > 0) {
        if (waiting.length < MAX_BATCH) await waits.forMs(GATHER_MS);
        const batch = waiting.slice(0, MAX_BATCH);
        // What is on its way stays within the bound.
        await send(batch).catch(() => {});
        waiting = waiting.slice(batch.length);
        tellLoss();
      }
      running = null;
    };
    const tellLoss = (): void => {
      if (lost === 0 || waiting.length > 0) return;
      const detail = `${lost}, faster than the other process took them`;
      lost = 0;
      emit({ type: "gate", level: "warn", message: "events of a worker were lost", detail });
    };
    const push = (timed: TimedEvent): void => {
      if (waiting.length >= MAX_WAITING) {
        lost += 1;
        return;
      }
      waiting.push(timed);
      running ??= run();
    };
    return {
      take(event) {
        const at = Date.now();
        if (wantsAll || (wantsNotices && noticeOf(event, at) !== null)) push({ event, at });
      },
      takeAll: (events) => {
        for (const timed of events) push(timed);
      },
      setAlerts: (alerts) => void (wantsNotices = alerts.length > 0),
      async close() {
        waits.end();
        await running;
      },
    };
  };
}
