import type { Handshake } from "../guards/guard.ts";
import type { OtlpConfig } from "../policy/output-config.ts";
import { parseTraceContext, serializeTraceParent, type TraceContext } from "../protocol/trace-context.ts";

/** What a trace is begun with. */
export interface TraceGate {
  readonly policy: {
    readonly telemetry: { readonly otlp: Pick<OtlpConfig, "traces" | "traceContext"> | null };
  };
  /** From a CSPRNG. */
  readonly random: (bytes: number) => Uint8Array;
}

const [TRACE_BYTES, SPAN_BYTES] = [16, 8];

/**
 * Gives a handshake its place in a trace, where traces are exported: as the child of the client's span, or as a new beginning. What
 * the client's trace does not sample is passed on and not told. Where none are exported, what the client sent goes on untouched.
 */
export function beginTrace({ policy, random }: TraceGate, handshake: Handshake): void {
  const { otlp } = policy.telemetry;
  if (otlp === null || otlp.traces === null) return;
  const client = otlp.traceContext === "continue" ? parseTraceContext(handshake.request.headers) : null;
  const hex = (bytes: number): string => Buffer.from(random(bytes)).toString("hex");
  const spanId = hex(SPAN_BYTES);
  const context: TraceContext = {
    ...(client ?? { traceId: hex(TRACE_BYTES), sampled: true, random: true, state: null }),
    parentId: spanId,
  };
  const { traceId, sampled, state } = context;
  const told = { traceId, spanId, parentId: client?.parentId ?? null, startedAt: handshake.wallNow };
  handshake.trace = {
    told: sampled ? told : null,
    fields: ["traceparent", serializeTraceParent(context), ...(state === null ? [] : ["tracestate", state])],
  };
}
