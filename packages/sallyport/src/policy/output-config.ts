import type { Severity } from "../events.ts";
import type { AlertFormat, ParsedAlert } from "./alert-options.ts";
import type { ParsedOtlp, ParsedTelemetry } from "./telemetry-options.ts";

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Who is told of findings, and how. Paths are absolute. */
export interface AlertConfig {
  /** A secret: whoever knows it can post there. */
  readonly url: string;
  /** The part of it that may be shown. */
  readonly host: string;
  readonly secretFile: string | null;
  readonly headersFile: string | null;
  readonly format: AlertFormat;
  readonly template: string | null;
  readonly timeoutMs: number;
  readonly minSeverity: Severity;
  /** `null`: all. */
  readonly detectors: readonly string[] | null;
  readonly groupMs: number;
  /** Per second. */
  readonly atMost: number;
  readonly retryForMs: number;
}

/** Where events go by OTLP. */
export interface OtlpConfig {
  /** `null`: no log records. */
  readonly logs: string | null;
  /** `null`: no spans. */
  readonly traces: string | null;
  /** What may be shown of the endpoint. */
  readonly host: string;
  readonly headersFile: string | null;
  /** Of the environment: a secret, as those of the file. */
  readonly headers: readonly (readonly [string, string])[];
  readonly traceContext: "continue" | "restart";
  /** Who sends, as OpenTelemetry has it. */
  readonly resource: Readonly<Record<string, string>>;
}

/** Where events go as OCSF. */
export interface OcsfConfig {
  readonly file: string;
  /** Bytes of one file. */
  readonly most: number;
  /** Older files. */
  readonly keep: number;
}

/** Where events go besides the log, the metrics and the journal. */
export interface TelemetryConfig {
  readonly otlp: OtlpConfig | null;
  readonly ocsf: OcsfConfig | null;
}

/** Makes the effective `alerts` of what was checked. */
export function createAlerts(parsed: readonly ParsedAlert[]): readonly AlertConfig[] {
  return parsed.map(({ webhook, minSeverity, detectors, group, atMost, retryFor }) => ({
    url: webhook.url,
    host: shownHost(webhook.url),
    secretFile: webhook.secretFile ?? null,
    headersFile: webhook.headersFile ?? null,
    format: webhook.format,
    template: webhook.template ?? null,
    timeoutMs: webhook.timeout,
    minSeverity,
    detectors: detectors ?? null,
    groupMs: group,
    atMost,
    retryForMs: retryFor,
  }));
}

/** Makes the effective `telemetry` of what was checked. */
export function createTelemetry({ otlp, ocsf }: ParsedTelemetry, env: Environment): TelemetryConfig {
  return { otlp: otlp === undefined ? null : createOtlp(otlp, env), ocsf: ocsf ?? null };
}

function createOtlp(otlp: ParsedOtlp, env: Environment): OtlpConfig {
  const endpoint = otlpEndpoint(otlp.endpoint, env) ?? "";
  const fromEnvironment = otlp.environment ?? otlp.endpoint === undefined;
  const read = (name: string): ReadonlyMap<string, string> =>
    fromEnvironment ? parsePairs(env[name] ?? "") : new Map();
  const name = (fromEnvironment ? env["OTEL_SERVICE_NAME"] : undefined) ?? "";
  const resource = new Map([["service.name", "sallyport"], ...read("OTEL_RESOURCE_ATTRIBUTES")]);
  if (name !== "") resource.set("service.name", name);
  return {
    logs: otlp.logs ? signalUrl(endpoint, "logs") : null,
    traces: otlp.traces ? signalUrl(endpoint, "traces") : null,
    host: shownHost(endpoint),
    headersFile: otlp.headersFile ?? null,
    headers: [...read("OTEL_EXPORTER_OTLP_HEADERS")].map(
      ([key, value]) => [key.toLowerCase(), value] as const,
    ),
    traceContext: otlp.traceContext,
    resource: Object.fromEntries(resource),
  };
}

/** The collector's base URL: as written, or as the environment says (OpenTelemetry: OTLP exporter configuration); `null`: none. */
export function otlpEndpoint(written: string | undefined, env: Environment): string | null {
  const found = written ?? env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "";
  return found === "" ? null : found;
}

function signalUrl(endpoint: string, signal: "logs" | "traces"): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/${signal}`;
}

/** `key=value` pairs, separated by commas and percent-encoded, as the variables of OpenTelemetry hold them. Others are left out. */
function parsePairs(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(",").flatMap((pair) => {
    const at = pair.indexOf("=");
    const [key, value] = [decoded(pair.slice(0, Math.max(at, 0))), decoded(pair.slice(at + 1))];
    return key === null || key === "" || value === null ? [] : [[key, value] as const];
  });
  return new Map(pairs);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return null;
  }
}

/** Of a URL only the host and port: its path or query may be what lets one post there. */
export function shownHost(url: string): string {
  return URL.parse(url)?.host ?? "no URL";
}
