import { describe, expect, it } from "vitest";
import {
  createTelemetry,
  otlpEndpoint,
  shownHost,
  type Environment,
  type OtlpConfig,
} from "./output-config.ts";
import type { ParsedOtlp } from "./telemetry-options.ts";

const parsed: ParsedOtlp = {
  logs: true,
  traces: true,
  traceContext: "continue",
  unsafeAllowPlaintext: false,
};
const otlpOf = (more: Partial<ParsedOtlp>, env: Environment = {}): OtlpConfig | null =>
  createTelemetry({ otlp: { ...parsed, ...more } }, env).otlp;

const environment = {
  OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example.com:4318/base/",
  OTEL_EXPORTER_OTLP_HEADERS: "Api-Key=a%3Db,=x,broken,bad=%zz",
  OTEL_SERVICE_NAME: "chat gate",
  OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=prod, service.name=other,team=a%20b",
};

describe("createTelemetry", () => {
  it("is nothing where nothing is asked for", () => {
    expect(createTelemetry({}, environment)).toEqual({ otlp: null, ocsf: null });
  });

  it("adds the signals' paths to the endpoint, and leaves the environment alone where there is one", () => {
    expect(otlpOf({ endpoint: "http://127.0.0.1:4318", traces: false }, environment)).toMatchObject({
      logs: "http://127.0.0.1:4318/v1/logs",
      traces: null,
      host: "127.0.0.1:4318",
      headers: [],
      resource: { "service.name": "sallyport" },
    });
  });

  it("takes all from the environment where no endpoint is written (OpenTelemetry, OTLP exporter)", () => {
    expect(otlpOf({}, environment)).toMatchObject({
      logs: "https://collector.example.com:4318/base/v1/logs",
      traces: "https://collector.example.com:4318/base/v1/traces",
      host: "collector.example.com:4318",
      headers: [["api-key", "a=b"]],
      resource: { "service.name": "chat gate", "deployment.environment.name": "prod", team: "a b" },
    });
    expect(otlpOf({ environment: false }, environment)).toMatchObject({
      headers: [],
      resource: { "service.name": "sallyport" },
    });
  });

  it("takes the rest of the environment beside an endpoint where it is told so", () => {
    const env = { ...environment, OTEL_SERVICE_NAME: "" };
    expect(otlpOf({ endpoint: "http://127.0.0.1:4318", environment: true, logs: false }, env)).toMatchObject({
      logs: null,
      resource: { "service.name": "other", team: "a b" },
    });
  });
});

describe("otlpEndpoint", () => {
  it("is none where neither says one", () => {
    expect(otlpEndpoint(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBeNull();
    expect(otlpEndpoint(undefined, {})).toBeNull();
  });
});

describe("shownHost", () => {
  it("shows no more of a URL than its host and port", () => {
    expect(shownHost("https://user:HUSH@hooks.example.com:444/HUSH?HUSH#HUSH")).toBe("hooks.example.com:444");
    expect(shownHost("HUSH")).toBe("no URL");
  });
});
