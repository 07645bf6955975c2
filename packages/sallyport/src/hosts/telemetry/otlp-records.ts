import type * as Api from "@opentelemetry/api";
import type { ProtobufLogsSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { SallyportEvent, ToldTrace } from "../../events.ts";
import { eventAttributes } from "./event-attributes.ts";
import { eventLevel, eventWords } from "./event-words.ts";

/** A log record as the encoder takes it. */
export type LogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number];
/** A span as the encoder takes it. */
export type Span = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number];

/** An event, and when it happened: wall clock, milliseconds since the epoch. */
export interface TimedEvent {
  readonly event: SallyportEvent;
  readonly at: number;
}

/** Who sends. The encoder gathers what has the same two objects. */
export interface Sender {
  readonly resource: LogRecord["resource"];
  readonly scope: LogRecord["instrumentationScope"];
  /** A new id of a span: 16 hexadecimal digits. */
  readonly newSpanId: () => string;
  /** Constants of OpenTelemetry's API, which is loaded where it is needed alone. */
  readonly api: Pick<typeof Api, "SeverityNumber" | "SpanKind" | "SpanStatusCode">;
}

const SEVERITIES = { info: "INFO", warn: "WARN", error: "ERROR" } as const;
const SAMPLED = 1;

/** The sender of a gate's records. */
export function senderOf(
  resource: Readonly<Record<string, string>>,
  version: string,
  { newSpanId, api }: Pick<Sender, "newSpanId" | "api">,
): Sender {
  // Of a resource and a scope the encoder reads their attributes, name and version, and no method.
  const attributes: LogRecord["resource"]["attributes"] = resource;
  return {
    resource: { attributes } as LogRecord["resource"],
    scope: { name: "sallyport", version },
    newSpanId,
    api,
  };
}

/** An event as a log record, in the trace of its handshake where there is one. */
export function logRecord({ event, at }: TimedEvent, { resource, scope, api }: Sender): LogRecord {
  const [level, time] = [eventLevel(event), hrTime(at)];
  const trace = "trace" in event ? event.trace : undefined;
  return {
    hrTime: time,
    hrTimeObserved: time,
    ...(trace !== undefined && { spanContext: contextOf(trace.traceId, trace.spanId) }),
    severityNumber: api.SeverityNumber[SEVERITIES[level]],
    severityText: SEVERITIES[level],
    eventName: `sallyport.${event.type}`,
    body: eventWords(event),
    attributes: { ...eventAttributes(event) },
    droppedAttributesCount: 0,
    resource,
    instrumentationScope: scope,
  };
}

/** Whether an event ends a span: that of a handshake, or of a connection. */
export function endsSpan(event: SallyportEvent): boolean {
  if (event.type === "handshake") return event.trace !== undefined && event.verdict === "refuse";
  return (event.type === "open" || event.type === "closed") && event.trace !== undefined;
}

/** The span that an event ends; `null`: it ends none. A connection's is the child of its handshake's. */
export function spanOf({ event, at }: TimedEvent, sender: Sender): Span | null {
  const { ERROR, UNSET } = sender.api.SpanStatusCode;
  if (event.type === "handshake" && event.verdict === "refuse" && event.trace !== undefined) {
    const { trace, route, status, code } = event;
    // Of a server's span a refusal of the client is no error (semantic conventions for HTTP spans, Status).
    const error = status >= 500 ? { code: ERROR, message: code } : { code: UNSET };
    return handshakeSpan({ event, at }, trace, { name: `GET ${route ?? ""}`.trim(), status: error }, sender);
  }
  if (event.type === "open" && event.trace !== undefined) {
    const { trace, route } = event;
    return handshakeSpan({ event, at }, trace, { name: `GET ${route}`, status: { code: UNSET } }, sender);
  }
  if (event.type !== "closed" || event.trace === undefined) return null;
  const { traceId, spanId } = event.trace;
  return {
    ...spanParts({ event, at }, sender),
    name: `websocket ${event.route}`,
    kind: sender.api.SpanKind.INTERNAL,
    spanContext: () => contextOf(traceId, sender.newSpanId()),
    parentSpanContext: contextOf(traceId, spanId),
    startTime: hrTime(at - event.durationMs),
    status: { code: UNSET },
  };
}

type Named = Pick<Span, "name" | "status">;

function handshakeSpan(timed: TimedEvent, trace: ToldTrace, named: Named, sender: Sender): Span {
  const { traceId, spanId, parentId, startedAt } = trace;
  return {
    ...spanParts(timed, sender),
    ...named,
    kind: sender.api.SpanKind.SERVER,
    spanContext: () => contextOf(traceId, spanId),
    ...(parentId !== null && { parentSpanContext: { ...contextOf(traceId, parentId), isRemote: true } }),
    startTime: hrTime(startedAt),
  };
}

function spanParts(
  { event, at }: TimedEvent,
  { resource, scope }: Sender,
): Omit<Span, "name" | "kind" | "spanContext" | "parentSpanContext" | "startTime" | "status"> {
  return {
    endTime: hrTime(at),
    attributes: { ...eventAttributes(event) },
    duration: hrTime(0),
    ended: true,
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource,
    instrumentationScope: scope,
  };
}

function contextOf(traceId: string, spanId: string): NonNullable<LogRecord["spanContext"]> {
  return { traceId, spanId, traceFlags: SAMPLED };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
