import { randomBytes } from "node:crypto";
import type * as Otlp from "@opentelemetry/otlp-transformer";
import type { Emit } from "../../events.ts";
import type { OtlpConfig } from "../../policy/output-config.ts";
import { systemClock } from "../outgoing-clock.ts";
import { outgoingPost } from "../outgoing-post.ts";
import type { CountOutput } from "../output-count.ts";
import { OtlpQueue, type OtlpOutcome } from "./otlp-queue.ts";
import { endsSpan, logRecord, senderOf, spanOf, type Sender, type TimedEvent } from "./otlp-records.ts";

type Encoder = typeof Otlp;
type Serializer = Encoder["ProtobufLogsSerializer"] | Encoder["ProtobufTraceSerializer"];

/** Milliseconds that one request may take (OpenTelemetry: OTLP exporter configuration). */
const TIMEOUT_MS = 10_000;
const [SPAN_BYTES, INSTANCE_BYTES] = [8, 16];

const newSpanId = (): string => randomBytes(SPAN_BYTES).toString("hex");

/** What an exporter needs besides its configuration. */
export interface OtlpExporterOptions {
  readonly version: string;
  readonly emit: Emit;
  readonly count: CountOutput;
}

/** Sends events by OTLP over HTTP, as protobuf. */
export interface OtlpExporter {
  take(timed: TimedEvent): void;
  /** Sends what waits, within a time. Answers how many records were lost and not told. */
  close(withinMs: number): Promise<number>;
}

/** Makes an exporter. What encodes is loaded with the first batch. */
export function createOtlpExporter(
  config: OtlpConfig,
  { version, emit, count }: OtlpExporterOptions,
): OtlpExporter {
  const instance = randomBytes(INSTANCE_BYTES).toString("hex");
  const resource = { "service.version": version, "service.instance.id": instance, ...config.resource };
  let loading: Promise<Loaded> | null = null;
  const load = async (): Promise<Loaded> => {
    const [encoder, api] = await Promise.all([
      import("@opentelemetry/otlp-transformer"),
      import("@opentelemetry/api"),
    ]);
    return { encoder, sender: senderOf(resource, version, { newSpanId, api }) };
  };
  const queueOf = (url: string, what: string, encode: Encode): OtlpQueue =>
    new OtlpQueue({
      ...systemClock,
      what,
      host: config.host,
      emit,
      count,
      send: async (batch, signal) => {
        try {
          return await send({ url, signal, ...encode(await (loading ??= load()), batch) }, config.headers);
        } catch {
          return { outcome: { kind: "unanswered", why: "it could not be encoded" }, refusedItems: 0 };
        }
      },
    });
  const logs =
    config.logs === null
      ? null
      : queueOf(config.logs, "log records", ({ encoder, sender }, batch) => {
          const serializer = encoder.ProtobufLogsSerializer;
          const records = batch.map((timed) => logRecord(timed, sender));
          return { body: serializer.serializeRequest(records), serializer };
        });
  const traces =
    config.traces === null
      ? null
      : queueOf(config.traces, "spans", ({ encoder, sender }, batch) => {
          const serializer = encoder.ProtobufTraceSerializer;
          const spans = batch.map((timed) => spanOf(timed, sender)).filter((span) => span !== null);
          return { body: serializer.serializeRequest(spans), serializer };
        });
  return {
    take(timed) {
      logs?.take(timed);
      if (traces !== null && endsSpan(timed.event)) traces.take(timed);
    },
    async close(withinMs) {
      const lost = await Promise.all([logs?.close(withinMs), traces?.close(withinMs)]);
      return lost.reduce<number>((sum, records) => sum + (records ?? 0), 0);
    },
  };
}

interface Encoded {
  readonly body: Uint8Array | undefined;
  readonly serializer: Serializer;
}
interface Loaded {
  readonly encoder: Encoder;
  readonly sender: Sender;
}
type Encode = (loaded: Loaded, batch: readonly TimedEvent[]) => Encoded;

async function send(
  { url, signal, body, serializer }: Encoded & { readonly url: string; readonly signal: AbortSignal },
  headers: OtlpConfig["headers"],
): Promise<OtlpOutcome> {
  const outcome = await outgoingPost({
    url,
    headers: { ...Object.fromEntries(headers), "content-type": "application/x-protobuf" },
    body: new Uint8Array(body ?? []),
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  return { outcome, refusedItems: outcome.kind === "taken" ? refusedOf(serializer, outcome.answer) : 0 };
}

/** How many records of a request the collector did not take; an answer that says it in no way that is understood says none. */
function refusedOf(serializer: Serializer, answer: Uint8Array): number {
  if (answer.length === 0) return 0;
  try {
    const partial = serializer.deserializeResponse(answer).partialSuccess ?? {};
    const refused = "rejectedSpans" in partial ? partial.rejectedSpans : undefined;
    const count = refused ?? ("rejectedLogRecords" in partial ? partial.rejectedLogRecords : undefined) ?? 0;
    return Number.isSafeInteger(count) && count > 0 ? count : 0;
  } catch {
    return 0;
  }
}
