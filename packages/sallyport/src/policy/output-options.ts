import type { z } from "zod";
import { alertOptions, type ParsedAlert } from "./alert-options.ts";
import { telemetryOptions, type ParsedTelemetry } from "./telemetry-options.ts";

/** Where events go besides the log, the metrics and the journal, as the schema gives it. */
export interface ParsedOutputs {
  readonly alerts: readonly ParsedAlert[];
  readonly telemetry: ParsedTelemetry;
}

/** The keys of a configuration that say where events go besides the log, the metrics and the journal. */
export const outputOptions: { readonly [Key in keyof ParsedOutputs]: z.ZodType<ParsedOutputs[Key]> } = {
  alerts: alertOptions,
  telemetry: telemetryOptions,
};
