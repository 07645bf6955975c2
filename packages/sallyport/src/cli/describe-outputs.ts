import type { Config } from "../policy/effective-config.ts";
import { formatQuantity } from "../policy/format-quantity.ts";

/** Where events go, as `check` shows it: of a URL no more than its host. */
export interface OutputSummary {
  readonly alerts: readonly {
    readonly target: string;
    readonly format: string;
    readonly signed: boolean;
    readonly minSeverity: string;
    /** `null`: all. */
    readonly detectors: readonly string[] | null;
  }[];
  readonly otlp: { readonly collector: string; readonly sends: readonly string[] } | null;
  readonly ocsf: { readonly file: string; readonly most: string; readonly keep: number } | null;
}

/** Where a configuration sends events. */
export function summariseOutputs({ alerts, telemetry }: Config): OutputSummary {
  const { otlp, ocsf } = telemetry;
  return {
    alerts: alerts.map(({ host, format, secretFile, minSeverity, detectors }) => ({
      target: host,
      format,
      signed: secretFile !== null,
      minSeverity,
      detectors,
    })),
    otlp:
      otlp === null
        ? null
        : {
            collector: otlp.host,
            sends: [
              ...(otlp.logs === null ? [] : ["log records"]),
              ...(otlp.traces === null ? [] : ["spans"]),
            ],
          },
    ocsf:
      ocsf === null ? null : { file: ocsf.file, most: formatQuantity(ocsf.most, "size"), keep: ocsf.keep },
  };
}

/** The same in lines; nothing where events go nowhere. */
export function describeOutputs({ alerts, otlp, ocsf }: OutputSummary): string {
  const targets = alerts.map(({ target, format, signed, minSeverity, detectors }) => {
    const of = detectors === null ? "" : `  detectors: ${detectors.join(", ")}`;
    return `alerts ${target}  format: ${format}${signed ? ", signed" : ""}  from: ${minSeverity}${of}\n`;
  });
  const collector = otlp === null ? "" : `otlp ${otlp.collector}  sends: ${otlp.sends.join(", ")}\n`;
  const file = ocsf === null ? "" : `ocsf ${ocsf.file}  most: ${ocsf.most}  keep: ${ocsf.keep}\n`;
  return `${targets.join("")}${collector}${file}`;
}
