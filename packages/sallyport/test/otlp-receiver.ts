import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { startReceiver, type AnswerPost, type Received } from "./webhook-receiver.ts";

/** A log record or a span as a collector reads it: attributes by name, identifiers in hexadecimal digits. */
export interface OtlpItem {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly traceId: string;
  readonly spanId: string;
  /** The item itself, as decoded. */
  readonly whole: Readonly<Record<string, unknown>>;
}

/** A collector that decodes what arrives by the published definitions of OTLP. */
export interface OtlpReceiver {
  readonly url: string;
  readonly host: string;
  readonly received: readonly Received[];
  readonly logs: () => readonly OtlpItem[];
  readonly spans: () => readonly OtlpItem[];
  /** Resolves when that holds. */
  until(enough: () => boolean): Promise<void>;
}

const root = protobuf.Root.fromJSON(
  JSON.parse(readFileSync(new URL("./otlp/otlp.schema.json", import.meta.url), "utf8")),
);
const collector = "opentelemetry.proto.collector";
const signals = {
  "/v1/logs": {
    type: root.lookupType(`${collector}.logs.v1.ExportLogsServiceRequest`),
    resources: "resourceLogs",
    scopes: "scopeLogs",
    items: "logRecords",
    name: "eventName",
  },
  "/v1/traces": {
    type: root.lookupType(`${collector}.trace.v1.ExportTraceServiceRequest`),
    resources: "resourceSpans",
    scopes: "scopeSpans",
    items: "spans",
    name: "name",
  },
} as const;

/** Encodes a collector's answer about a signal. */
export function otlpAnswer(signal: "logs" | "trace", rejected: number): Uint8Array {
  const name = signal === "logs" ? "ExportLogsServiceResponse" : "ExportTraceServiceResponse";
  const field = signal === "logs" ? "rejectedLogRecords" : "rejectedSpans";
  const type = root.lookupType(`${collector}.${signal}.v1.${name}`);
  return type.encode(type.fromObject({ partialSuccess: { [field]: rejected } })).finish();
}

/** Starts a collector on a free loopback port. */
export async function startOtlpReceiver(answer?: AnswerPost): Promise<OtlpReceiver> {
  const receiver = await startReceiver(answer);
  const read = (path: keyof typeof signals): readonly OtlpItem[] =>
    receiver.received.filter((one) => one.path === path).flatMap(({ body }) => decode(path, body));
  return {
    url: receiver.url,
    host: receiver.host,
    received: receiver.received,
    logs: () => read("/v1/logs"),
    spans: () => read("/v1/traces"),
    until: async (enough) => void (await receiver.until(() => enough())),
  };
}

type Loose = Readonly<Record<string, unknown>>;
const asLoose = (value: unknown): Loose =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
const listAt = (value: Loose, key: string): readonly Loose[] => {
  const list: unknown = value[key];
  return Array.isArray(list) ? list.map(asLoose) : [];
};

function decode(path: keyof typeof signals, body: Buffer): readonly OtlpItem[] {
  const { type, resources, scopes, items, name } = signals[path];
  const request = type.toObject(type.decode(body), { longs: Number, enums: String, bytes: String });
  return listAt(request, resources).flatMap((resource) =>
    listAt(resource, scopes).flatMap((scope) =>
      listAt(scope, items).map((item) => ({
        name: String(item[name]),
        attributes: pairs(item),
        resource: pairs(asLoose(resource["resource"])),
        scope: String(asLoose(scope["scope"])["name"]),
        traceId: hex(item["traceId"]),
        spanId: hex(item["spanId"]),
        whole: item,
      })),
    ),
  );
}

/** Identifiers are bytes, which are decoded as base64. */
export function hex(base64: unknown): string {
  return typeof base64 === "string" ? Buffer.from(base64, "base64").toString("hex") : "";
}

function pairs(of: Loose): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    listAt(of, "attributes").map(({ key, value }) => [String(key), plain(asLoose(value))]),
  );
}

function plain(value: Loose): unknown {
  if ("arrayValue" in value) return listAt(asLoose(value["arrayValue"]), "values").map(plain);
  const [only] = Object.values(value);
  return only;
}
