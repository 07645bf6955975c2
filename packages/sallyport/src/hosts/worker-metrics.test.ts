import { describe, expect, it } from "vitest";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createWorkerMetrics } from "./worker-metrics.ts";

function counted(handshakes: number): Metrics {
  const metrics = createMetrics("1.2.3", () => null);
  for (let count = 0; count < handshakes; count++)
    metrics.take({
      type: "open",
      session: "s",
      route: "/",
      address: "192.0.2.1",
      user: null,
      path: "/",
      origin: null,
      subprotocol: null,
    });
  return metrics;
}

const admitted = (body: string): string | undefined =>
  /^sallyport_handshakes_total\{.*verdict="admit".*\} (\d+)$/m.exec(body)?.[1];

describe("createWorkerMetrics", () => {
  it("adds counters up, and says the version once", async () => {
    const metrics = createWorkerMetrics();
    metrics.take(1, await counted(2).samples());
    metrics.take(2, await counted(3).samples());
    const { body, contentType } = await metrics.text();
    expect(contentType).toContain("text/plain");
    expect(admitted(body)).toBe("5");
    expect(body).toContain('sallyport_build_info{version="1.2.3"} 1');
    expect(body).toMatch(/^sallyport_workers 2$/m);
  });

  it("takes a worker's newest count in place of the one before", async () => {
    const metrics = createWorkerMetrics();
    for (const handshakes of [2, 7]) metrics.take(1, await counted(handshakes).samples());
    expect(admitted((await metrics.text()).body)).toBe("7");
  });

  it("keeps what workers had counted that have ended, and drops their gauges", async () => {
    const metrics = createWorkerMetrics();
    for (const worker of [1, 2, 3]) {
      metrics.take(worker, await counted(worker).samples());
      metrics.gone(worker);
    }
    metrics.take(4, await counted(10).samples());
    const { body } = await metrics.text();
    expect(admitted(body)).toBe("16");
    expect(body).toContain('sallyport_build_info{version="1.2.3"} 1');
    expect(body).toMatch(/^sallyport_worker_deaths_total 3$/m);
    expect(body).toMatch(/^sallyport_workers 1$/m);
  });
});
