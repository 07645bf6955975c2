/** A webhook that is told of findings; see the reference for each option. */
export interface AlertInput {
  readonly webhook: {
    readonly url: string;
    readonly secretFile?: string;
    readonly format?: "generic" | "slack" | "discord" | "teams" | "template";
    readonly template?: string;
    readonly headersFile?: string;
    readonly timeout?: string;
    readonly unsafeAllowPlaintext?: boolean;
  };
  readonly minSeverity?: "low" | "medium" | "high" | "critical";
  readonly detectors?: readonly string[];
  readonly group?: string;
  readonly atMost?: string;
  readonly retryFor?: string;
}

/** Where events go besides the log, the metrics and the journal; see the reference for each option. */
export interface TelemetryInput {
  readonly otlp?: {
    readonly endpoint?: string;
    readonly environment?: boolean;
    readonly headersFile?: string;
    readonly logs?: boolean;
    readonly traces?: boolean;
    readonly traceContext?: "continue" | "restart";
    readonly unsafeAllowPlaintext?: boolean;
  };
  readonly ocsf?: { readonly file: string; readonly most?: string; readonly keep?: number };
}

/** Where events go, as `defineConfig` and `attach` take it. */
export interface OutputInput {
  readonly alerts?: readonly AlertInput[];
  readonly telemetry?: TelemetryInput;
}
