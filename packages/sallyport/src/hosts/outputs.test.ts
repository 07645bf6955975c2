import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { everyEvent } from "../../test/every-event.ts";
import { hex, otlpAnswer, startOtlpReceiver } from "../../test/otlp-receiver.ts";
import { startReceiver, type AnswerPost, type Receiver } from "../../test/webhook-receiver.ts";
import type { FindingEvent, GateEvent, SallyportEvent } from "../events.ts";
import { createAlerts, createTelemetry } from "../policy/output-config.ts";
import type { OutputPolicy } from "../policy/output-policy.ts";
import { openOutputs, type Outputs } from "./outputs.ts";

interface Opened {
  readonly outputs: Outputs;
  readonly told: GateEvent[];
}

const nothing: OutputPolicy = { alerts: [], telemetry: { otlp: null, ocsf: null } };

/** Outputs whose own events come back to them, as in a gate. */
function open(policy: Partial<OutputPolicy>): Opened {
  const told: GateEvent[] = [];
  const outputs = openOutputs(
    { ...nothing, ...policy },
    {
      version: "1.2.3",
      emit: (event) => {
        if (event.type === "gate") told.push(event);
        opened.outputs.take(event);
      },
    },
  );
  const opened = { outputs, told };
  return opened;
}

/** One that answers has time to, on a busy machine. */
function alertTo(
  url: string,
  { timeout = 30_000, ...more }: { readonly timeout?: number; readonly retryFor?: number } = {},
): OutputPolicy["alerts"] {
  const webhook = { url, format: "generic", timeout, unsafeAllowPlaintext: false } as const;
  const parsed = { webhook, minSeverity: "low", group: 0, atMost: 1000, retryFor: 0, ...more } as const;
  return createAlerts([parsed]).map((alert) => Object.assign(alert, { secret: null, headers: [] }));
}

function otlpTo(url: string): OutputPolicy["telemetry"] {
  const otlp = {
    endpoint: url,
    logs: true,
    traces: true,
    traceContext: "continue",
    unsafeAllowPlaintext: false,
  } as const;
  return createTelemetry({ otlp }, {});
}

function firstOf(type: string): SallyportEvent {
  const found = everyEvent.find((event) => event.type === type);
  if (found === undefined) throw new Error("unreachable");
  return found;
}

function finding(index: number): FindingEvent {
  const found = firstOf("finding");
  if (found.type !== "finding") throw new Error("unreachable");
  return { ...found, incident: `i${index}`, detector: `detector ${index % 5}` };
}

const counted = (receiver: Receiver): number =>
  receiver.received.reduce((sum, { body }) => sum + Number(JSON.parse(String(body)).data.count), 0);

describe("openOutputs", () => {
  it("costs nothing and tells nobody where nothing is asked for", async () => {
    const { outputs, told } = open({});
    for (const event of everyEvent) outputs.take(event);
    await outputs.close();
    expect(told).toEqual([]);
  });

  it.each<[string, AnswerPost]>([
    ["hangs", () => {}],
    ["fails", (response) => void response.writeHead(500).end()],
    ["redirects", (response) => void response.writeHead(307, { location: "/again" }).end()],
    [
      "answers for ever",
      (response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on("drain", more);
        more();
      },
    ],
    ["breaks off", (response) => void response.destroy()],
  ])("keeps no other target waiting for one that %s, nor the gate", async (_how, answer) => {
    const [bad, good] = [await startReceiver(answer), await startReceiver()];
    const { outputs, told } = open({
      alerts: [...alertTo(`${bad.url}/HUSH`, { timeout: 500 }), ...alertTo(good.url)],
    });
    const begun = performance.now();
    for (let index = 0; index < 1000; index++) outputs.take(finding(index));
    // Some microseconds each, on whatever machine; the one that hangs is given half a second each time.
    expect(performance.now() - begun).toBeLessThan(10_000);
    await good.until(() => counted(good) === 1000);
    await bad.until((received) => received.length > 0);
    await outputs.close();
    expect(bad.received.every(({ path }) => path === "/HUSH")).toBe(true);
    expect(told.filter(({ message }) => message === "alerts are not delivered").length).toBeLessThanOrEqual(
      1,
    );
    expect(JSON.stringify(told)).not.toContain("HUSH");
  });

  it("tells other targets after a reload, and goes on with those that stay", async () => {
    const [one, two] = [await startReceiver(), await startReceiver()];
    const first = alertTo(one.url);
    const { outputs } = open({ alerts: first });
    outputs.take(finding(0));
    await one.until((received) => received.length === 1);
    outputs.setAlerts([...alertTo(one.url), ...alertTo(two.url)]);
    outputs.take(finding(1));
    await Promise.all([one.until(({ length }) => length === 2), two.until(({ length }) => length === 1)]);
    outputs.setAlerts(alertTo(two.url));
    outputs.take(finding(2));
    await two.until(({ length }) => length === 2);
    await outputs.close();
    expect(one.received).toHaveLength(2);
  });

  it("says at its end how many findings were told nobody", async () => {
    const { outputs, told } = open({ alerts: alertTo("http://127.0.0.1:1/HUSH", { retryFor: 60_000 }) });
    for (let index = 0; index < 7; index++) outputs.take(finding(index));
    await outputs.close();
    expect(told.at(-1)).toMatchObject({ message: "lost at the end", detail: "7 findings were told nobody" });
  });

  it("writes every event as a line of OCSF", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-outputs-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, "events.jsonl");
    const { outputs } = open({ telemetry: { otlp: null, ocsf: { file, most: 10_000_000, keep: 1 } } });
    for (const event of everyEvent) outputs.take(event);
    await outputs.close();
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(everyEvent.length);
    expect(lines.map((line) => typeof JSON.parse(line).class_uid)).not.toContain("undefined");
  });

  it("sends every event as a log record of OTLP, which a collector reads", async () => {
    const collector = await startOtlpReceiver();
    const { outputs, told } = open({ telemetry: otlpTo(collector.url) });
    for (const event of everyEvent) outputs.take(event);
    await outputs.close();
    const logs = collector.logs();
    expect(told).toEqual([]);
    expect(logs.map(({ name }) => name)).toEqual(everyEvent.map(({ type }) => `sallyport.${type}`));
    expect(logs[0]).toMatchObject({
      scope: "sallyport",
      resource: { "service.name": "sallyport", "service.version": "1.2.3" },
      attributes: {
        "client.address": "203.0.113.9",
        "url.path": "/chat",
        "url.scheme": "wss",
        "server.address": "chat.example.com",
        "network.protocol.name": "websocket",
        "http.response.status_code": 403,
        "error.type": "origin.foreign",
        "http.request.header.origin": ["https://evil.example"],
      },
      whole: { severityText: "WARN", body: { stringValue: "handshake refused: origin.foreign" } },
    });
    const closed = logs.find(({ name }) => name === "sallyport.closed");
    expect(closed?.attributes).toMatchObject({
      "session.id": "s3ss10n",
      "user.id": "ada",
      "sallyport.close_code": 1000,
      "sallyport.duration_ms": 1234.5,
      "sallyport.outbound.bytes": 5000,
    });
    expect(collector.received[0]?.headers["content-type"]).toBe("application/x-protobuf");
  });

  it("sends a span for each handshake, and one for its connection, in the client's trace", async () => {
    const collector = await startOtlpReceiver();
    const { outputs } = open({ telemetry: otlpTo(collector.url) });
    for (const type of ["handshake", "open", "decision", "closed"]) outputs.take(firstOf(type));
    await outputs.close();
    const [first, second, third] = collector.spans();
    expect(collector.spans()).toHaveLength(3);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const handshake = { name: "GET /chat", traceId, spanId: "b7ad6b7169203331" };
    expect(first).toMatchObject({ ...handshake, attributes: { "error.type": "origin.foreign" } });
    expect(second).toMatchObject({ ...handshake, attributes: { "http.response.status_code": 101 } });
    expect(hex(second?.whole["parentSpanId"])).toBe("00f067aa0ba902b7");
    expect(second?.whole).toMatchObject({
      kind: "SPAN_KIND_SERVER",
      startTimeUnixNano: Date.UTC(2026, 10, 30, 11, 59, 59) * 1e6,
    });
    expect(third).toMatchObject({ name: "websocket /chat", traceId });
    expect(hex(third?.whole["parentSpanId"])).toBe("b7ad6b7169203331");
    expect(collector.logs().map((log) => [log.traceId, log.spanId])).toEqual(
      Array.from({ length: 4 }, () => [traceId, "b7ad6b7169203331"]),
    );
  });

  it("sends again what a collector could not take, and tells once that it failed", async () => {
    let asked = 0;
    const collector = await startOtlpReceiver((response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 503 : 200, { "retry-after": "0" }).end();
    });
    const { outputs, told } = open({ telemetry: otlpTo(collector.url) });
    outputs.take({ type: "gate", level: "info", message: "hello" });
    await collector.until(() => collector.received.length >= 3);
    await outputs.close();
    expect(told.map(({ message }) => message)).toEqual([
      "telemetry is not delivered",
      "telemetry is delivered again",
    ]);
    expect(told[0]?.detail).toBe(`log records to ${collector.host}: it answered 503`);
    const hellos = collector.logs().filter(({ whole }) => JSON.stringify(whole).includes("hello"));
    expect(hellos).toHaveLength(2);
  });

  it("tells how many records a collector refused (OTLP, Partial Success)", async () => {
    const collector = await startOtlpReceiver((response, { path }) => {
      response.setHeader("content-type", "application/x-protobuf");
      response.end(otlpAnswer(path === "/v1/logs" ? "logs" : "trace", path === "/v1/logs" ? 2 : 0));
    });
    const { outputs, told } = open({ telemetry: otlpTo(collector.url) });
    for (const event of everyEvent) outputs.take(event);
    await collector.until(() => collector.received.length > 1);
    await outputs.close();
    expect(told[0]).toMatchObject({
      message: "telemetry was lost",
      detail: `2 log records to ${collector.host}`,
    });
  });

  it("holds a bounded number for a collector that hangs, and says exactly what was lost", async () => {
    const collector = await startOtlpReceiver(() => {});
    const { outputs, told } = open({ telemetry: otlpTo(collector.url) });
    const call = firstOf("admin");
    for (let index = 0; index < 20_000; index++) outputs.take(call);
    await outputs.close();
    expect(told.at(-1)).toMatchObject({ message: "lost at the end", detail: "20000 records were not sent" });
  });
});
