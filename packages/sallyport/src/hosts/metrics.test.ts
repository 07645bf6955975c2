import { describe, expect, it, onTestFinished } from "vitest";
import { errors, type ErrorCode } from "../errors.ts";
import type { ClosedEvent, SallyportEvent } from "../events.ts";
import { createMemoryState } from "../state/memory-state.ts";
import { metricTable } from "./metric-table.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

const counts = (messages: number) => ({ messages, bytes: messages * 10 });
const closed = (closeCode: number): ClosedEvent => ({
  type: "closed",
  session: "s",
  route: "/",
  address: "192.0.2.1",
  user: "ada",
  closedBy: "application",
  closeCode,
  durationMs: 1500,
  inbound: counts(2),
  outbound: counts(3),
});

const state = createMemoryState();

function made(parts: Partial<Parameters<typeof createMetrics>[0]> = {}): Metrics {
  const metrics = createMetrics({ version: "1", gate: () => null, state, ...parts });
  onTestFinished(() => metrics.close());
  return metrics;
}

/** Every sample by its name and labels; fails on a line that is not of the Prometheus text format. */
function samplesOf(body: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of body.split("\n").filter((text) => text !== "" && !text.startsWith("#"))) {
    const match = /^([a-z_]+(?:\{(?:[a-z]+="[^"\\\n]*",?)*\})?) (\S+)$/.exec(line);
    if (match?.[1] === undefined) throw new Error(`not a sample: ${line}`);
    samples.set(match[1], Number(match[2]));
  }
  return samples;
}

async function scrape(metrics: Metrics): Promise<Map<string, number>> {
  return samplesOf((await metrics.text()).body);
}

/** Whatever a peer can say of itself, in every field that holds what a peer said. */
const hostile = ['"} 1\nevil{a="', "\\", "ё".repeat(300), "sallyport_evil 1", "\u0000\u2028", "__name__"];

/** One event of each kind, in which all that is a peer's is hostile. */
function eventsBy(peer: string): readonly SallyportEvent[] {
  const who = { session: peer, address: peer, user: peer };
  const asked = { path: peer, origin: peer };
  const refusal = { incident: peer, guard: "origin", code: "origin.foreign", detail: peer } as const;
  return [
    {
      ...who,
      ...asked,
      ...refusal,
      type: "handshake",
      verdict: "refuse",
      status: 403,
      route: null,
      arrival: { kind: "websocket", host: peer, secure: true, cookie: true, caller: null },
    },
    { ...who, ...asked, type: "open", route: "/", subprotocol: peer },
    { ...who, type: "refresh", route: "/", until: peer },
    {
      ...who,
      ...refusal,
      type: "decision",
      verdict: "report",
      route: "/",
      direction: "inbound",
      found: { card: 2 },
    },
    { ...closed(4000), ...who },
    {
      type: "admin",
      name: null,
      role: null,
      address: peer,
      method: peer,
      path: peer,
      status: 401,
      detail: peer,
    },
    { type: "gate", level: "warn", message: peer, detail: peer },
    {
      ...who,
      type: "finding",
      incident: peer,
      detector: "fuzzing",
      severity: "high",
      sentence: peer,
      subject: { kind: "user", value: peer },
      route: "/",
      measured: { [peer]: 1 },
      references: [],
      answer: "close",
      outcome: "done",
      detail: peer,
    },
  ];
}

describe("createMetrics", () => {
  it("writes the Prometheus text format, every metric with its help and type of the table", async () => {
    const metrics = made({ version: "1.2.3" });
    metrics.configured(true);
    metrics.take(closed(1000));
    const { contentType, body } = await metrics.text();
    expect(contentType).toContain("text/plain");
    const names = new Set(
      [...samplesOf(body).keys()].map((key) => key.split("{")[0]?.replace(/_(bucket|sum|count)$/, "")),
    );
    for (const name of names) {
      const row = metricTable[name as keyof typeof metricTable];
      expect(body).toContain(`# HELP ${name} ${row?.help}\n# TYPE ${name} ${row?.type}\n`);
    }
    expect(samplesOf(body).get('sallyport_build_info{version="1.2.3"}')).toBe(1);
  });

  it("adds up what closed connections have carried, and a second scrape counts nothing twice", async () => {
    const metrics = made();
    metrics.take(closed(1000));
    metrics.take(closed(1001));
    await metrics.text();
    const found = await scrape(metrics);
    expect(found.get('sallyport_messages_total{route="/",direction="inbound"}')).toBe(4);
    expect(found.get('sallyport_message_bytes_total{route="/",direction="outbound"}')).toBe(60);
    expect(found.get('sallyport_connection_duration_seconds_count{route="/"}')).toBe(2);
    expect(found.get("sallyport_ready")).toBe(0);
  });

  it("counts what guards and hosts tell of by no event", async () => {
    const metrics = made({ logLost: () => 7 });
    metrics.count("/", { what: "ticket", how: "redeemed" });
    metrics.count("/", { what: "rateLimited", how: "observe" });
    metrics.meter.handshake("/", "refused", 30);
    for (let read = 0; read < 640; read++)
      if (metrics.meter.chunks.isDue()) metrics.meter.chunks.took("application", 0.02);
    const found = await scrape(metrics);
    expect(found.get('sallyport_tickets_total{route="/",outcome="redeemed"}')).toBe(1);
    expect(found.get('sallyport_rate_limited_total{route="/",mode="observe"}')).toBe(1);
    expect(found.get('sallyport_handshake_duration_seconds_sum{route="/",outcome="refused"}')).toBe(0.03);
    expect(found.get('sallyport_processing_duration_seconds_count{direction="outbound"}')).toBe(10);
    expect(found.get("sallyport_log_lines_lost_total")).toBe(7);
  });

  it("counts bans and revocations that are in force, and the leaks of each detector", async () => {
    const own = createMemoryState();
    own.bans.add("192.0.2.1", { reason: "", until: null });
    own.bans.add("192.0.2.2", { reason: "", until: 1 });
    const metrics = made({ state: own });
    for (const event of eventsBy("x")) metrics.take(event);
    const found = await scrape(metrics);
    expect(found.get("sallyport_bans_active")).toBe(1);
    expect(found.get("sallyport_revocations_active")).toBe(0);
    expect(found.get('sallyport_leaks_total{route="/",detector="card",verdict="report"}')).toBe(2);
    expect(found.get('sallyport_gate_events_total{level="warn"}')).toBe(1);
    expect(found.get('sallyport_gate_events_total{level="error"}')).toBe(0);
  });

  it("says since when the configuration is in force, and not before there was one", async () => {
    const metrics = made();
    expect((await metrics.text()).body).not.toContain("sallyport_config_last");
    const before = Date.now() / 1000;
    metrics.configured(true);
    metrics.configured(false);
    const found = await scrape(metrics);
    expect(found.get("sallyport_config_last_reload_successful")).toBe(0);
    expect(found.get("sallyport_config_last_reload_success_timestamp_seconds")).toBeGreaterThanOrEqual(
      before,
    );
  });

  it("has as many series after ten thousand hostile peers as after one", async () => {
    const metrics = made();
    for (const event of eventsBy("one")) metrics.take(event);
    const before = [...(await scrape(metrics)).keys()];
    for (let peer = 0; peer < 10_000; peer++)
      for (const event of eventsBy(`${hostile[peer % hostile.length]}${peer}`)) metrics.take(event);
    expect([...(await scrape(metrics)).keys()]).toEqual(before);
  });

  it("bounds its series, whatever codes an application chooses", async () => {
    const metrics = made();
    for (const code of [...Array(65_536).keys()].slice(3000)) metrics.take(closed(code));
    const codes = [...(await scrape(metrics)).keys()].filter((key) =>
      key.startsWith("sallyport_connections_closed_total"),
    );
    expect(codes.length).toBeLessThan(25);
  });

  it("has at most one series for each code of the registry, direction and verdict on a route", async () => {
    const metrics = made();
    for (const code of Object.keys(errors) as ErrorCode[])
      metrics.take({
        type: "decision",
        verdict: "close",
        incident: "i",
        session: "s",
        route: "/",
        address: "a",
        user: null,
        direction: null,
        guard: code.slice(0, code.indexOf(".")),
        code,
        detail: "",
      });
    const decisions = [...(await scrape(metrics)).keys()].filter((key) => key.includes("decisions_total"));
    expect(decisions).toHaveLength(Object.keys(errors).length);
  });
});
