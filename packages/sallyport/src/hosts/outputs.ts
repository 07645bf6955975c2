import type { Emit, SallyportEvent } from "../events.ts";
import type { AlertTargetPolicy, OutputPolicy } from "../policy/output-policy.ts";
import { Alerts, alertServices } from "./alerts/alerts.ts";
import { ocsfEvent } from "./telemetry/ocsf-event.ts";
import { createOtlpExporter } from "./telemetry/otlp-exporter.ts";
import { countNothing, type CountOutput } from "./output-count.ts";
import type { TimedEvent } from "./telemetry/otlp-records.ts";
import { RotatedFile } from "./telemetry/rotated-file.ts";

/** Where events go besides the log, the metrics and the journal: webhooks, a collector, a file. Nobody waits for it. */
export interface Outputs {
  take(event: SallyportEvent): void;
  /** Takes what other processes tell. */
  takeAll(events: readonly TimedEvent[]): void;
  /** Tells those webhooks from now on; the rest stays as it was opened. */
  setAlerts(alerts: readonly AlertTargetPolicy[]): void;
  /** Sends and writes what waits, within a time, and tells what was lost. Takes nothing more. */
  close(): Promise<void>;
}

/** What outputs need besides their part of the policy. */
export interface OutputsOptions {
  readonly version: string;
  /** Where what they have to tell goes; and comes back to them from, as any event does. */
  readonly emit: Emit;
  /** Default: nobody counts. */
  readonly count?: CountOutput;
}

/** How a gate opens its outputs. */
export type OpenOutputs = (policy: OutputPolicy, options: OutputsOptions) => Outputs;

/** What waits has this long when the gate ends: less than what ends processes waits. */
const FLUSH_WITHIN_MS = 3000;

/** Opens the outputs of a policy. Where it asks for none, they are nothing and cost nothing. */
export const openOutputs: OpenOutputs = (policy, { version, emit, count = countNothing }) => {
  const { otlp, ocsf } = policy.telemetry;
  const exporter = otlp === null ? null : createOtlpExporter(otlp, { version, emit, count });
  const file = ocsf === null ? null : new RotatedFile({ ...ocsf, emit, count });
  const alerts = new Alerts(alertServices({ emit, count }));
  alerts.setTargets(policy.alerts, FLUSH_WITHIN_MS);
  const take = (timed: TimedEvent): void => {
    exporter?.take(timed);
    file?.take(JSON.stringify(ocsfEvent(timed.event, timed.at, version)));
    alerts.take(timed.event, timed.at);
  };
  return {
    take: (event) => take({ event, at: Date.now() }),
    takeAll: (events) => {
      for (const timed of events) take(timed);
    },
    setAlerts: (targets) => alerts.setTargets(targets, FLUSH_WITHIN_MS),
    async close() {
      const [untold, unsent, unwritten] = await Promise.all([
        alerts.close(FLUSH_WITHIN_MS),
        exporter?.close(FLUSH_WITHIN_MS) ?? 0,
        file?.close(FLUSH_WITHIN_MS) ?? 0,
      ]);
      const lost = [
        ...(untold > 0 ? [`${untold} findings were told nobody`] : []),
        ...(unsent > 0 ? [`${unsent} records were not sent`] : []),
        ...(unwritten > 0 ? [`${unwritten} events were not written`] : []),
      ];
      if (lost.length > 0)
        emit({ type: "gate", level: "warn", message: "lost at the end", detail: lost.join(", ") });
    },
  };
};
