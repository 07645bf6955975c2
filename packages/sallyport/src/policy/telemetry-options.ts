import { z } from "zod";
import { size } from "../quantity.ts";
import { headersFileOption } from "./headers-file-option.ts";

/** `telemetry` as the schema gives it. Paths may be relative until loaded. */
export interface ParsedTelemetry {
  readonly otlp?: ParsedOtlp | undefined;
  readonly ocsf?: { readonly file: string; readonly most: number; readonly keep: number } | undefined;
}

/** `telemetry.otlp` as the schema gives it. */
export interface ParsedOtlp {
  readonly endpoint?: string | undefined;
  readonly environment?: boolean | undefined;
  readonly headersFile?: string | undefined;
  readonly logs: boolean;
  readonly traces: boolean;
  readonly traceContext: "continue" | "restart";
  readonly unsafeAllowPlaintext: boolean;
}

const otlp = z
  .strictObject({
    endpoint: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The collector's base URL, such as http://127.0.0.1:4318: `/v1/logs` and `/v1/traces` are added. https, or http on loopback. Absent: `OTEL_EXPORTER_OTLP_ENDPOINT`.",
      ),
    environment: z
      .boolean()
      .optional()
      .describe(
        "Whether `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_HEADERS` count. Absent: where `endpoint` comes from the environment, too.",
      ),
    headersFile: headersFileOption,
    logs: z.boolean().default(true).describe("Whether every event is sent as a log record."),
    traces: z.boolean().default(false).describe("Whether every handshake and connection is sent as a span."),
    traceContext: z
      .enum(["continue", "restart"])
      .default("continue")
      .describe(
        "With `traces`: `continue` makes our span the child of a client's `traceparent`, and follows its sampling; `restart` begins a trace of our own.",
      ),
    unsafeAllowPlaintext: z
      .boolean()
      .default(false)
      .describe("Whether http is accepted beyond loopback: then whoever is on the way reads every event."),
  })
  .optional()
  .describe("Events by OTLP (HTTP, protobuf) to any OpenTelemetry collector. Absent: none.");

const ocsf = z
  .strictObject({
    file: z.string().min(1).describe("The file to which events are appended; made where it is not there."),
    most: size
      .refine((bytes) => bytes >= 65_536, "expected at least 64KiB")
      .meta({ "x-unit": "size" })
      .prefault("100MiB")
      .describe("The size at which the file becomes `file.1`, and a new one begins."),
    keep: z.number().int().min(0).max(1000).default(5).describe("How many older files are kept."),
  })
  .optional()
  .describe("Events as lines of OCSF 1.8.0 JSON in a file. Absent: none.");

/** `telemetry`: where events go besides the log, the metrics and the journal. */
export const telemetryOptions: z.ZodType<ParsedTelemetry> = z
  .strictObject({ otlp, ocsf })
  .prefault({})
  .describe("Where events go besides the log, the metrics and the journal.");
