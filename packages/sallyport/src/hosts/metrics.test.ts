import { describe, expect, it } from "vitest";
import type { ClosedEvent } from "../events.ts";
import { createMetrics } from "./metrics.ts";

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

describe("createMetrics", () => {
  it("writes the Prometheus text format, every metric with its help and type", async () => {
    const metrics = createMetrics("1.2.3", () => null);
    metrics.take(closed(1000));
    const { contentType, body } = await metrics.text();
    expect(contentType).toContain("text/plain");
    const names = new Set(
      [...samplesOf(body).keys()].map((key) => key.split("{")[0]?.replace(/_(bucket|sum|count)$/, "")),
    );
    for (const name of names)
      expect(body).toMatch(new RegExp(`# HELP ${name} \\S.*\n# TYPE ${name} (counter|gauge|histogram)\n`));
    expect([...names].every((name) => name?.startsWith("sallyport_"))).toBe(true);
    expect(samplesOf(body).get('sallyport_build_info{version="1.2.3"}')).toBe(1);
  });

  it("adds up what closed connections have carried, and a second scrape counts nothing twice", async () => {
    const metrics = createMetrics("1", () => null);
    metrics.take(closed(1000));
    metrics.take(closed(1001));
    await metrics.text();
    const samples = samplesOf((await metrics.text()).body);
    expect(samples.get('sallyport_messages_total{route="/",direction="inbound"}')).toBe(4);
    expect(samples.get('sallyport_message_bytes_total{route="/",direction="outbound"}')).toBe(60);
    expect(samples.get('sallyport_connection_duration_seconds_count{route="/"}')).toBe(2);
    expect(samples.get("sallyport_ready")).toBe(0);
  });

  it("bounds its series, whatever codes an application chooses", async () => {
    const metrics = createMetrics("1", () => null);
    for (let code = 3000; code < 5000; code++) metrics.take(closed(code));
    const codes = [...samplesOf((await metrics.text()).body).keys()].filter((key) =>
      key.startsWith("sallyport_connections_closed_total"),
    );
    expect(codes.length).toBeLessThan(250);
    expect(codes.join("\n")).not.toContain("ada");
  });
});
