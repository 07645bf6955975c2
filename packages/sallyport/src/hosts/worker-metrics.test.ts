import { describe, expect, it, onTestFinished } from "vitest";
import { createMemoryState } from "../state/memory-state.ts";
import { GateJournal } from "./gate-journal.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createWorkerMetrics, type WorkerMetrics, type WorkerMetricsOptions } from "./worker-metrics.ts";

const state = createMemoryState();
state.bans.add("192.0.2.1", { reason: "", until: null });

function counted(handshakes: number): Metrics {
  const metrics = createMetrics({ version: "1.2.3", gate: () => null, state });
  onTestFinished(() => metrics.close());
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

function made(options: WorkerMetricsOptions = {}): WorkerMetrics {
  const metrics = createWorkerMetrics(options);
  onTestFinished(() => metrics.close());
  return metrics;
}

const admitted = (body: string): string | undefined =>
  /^sallyport_handshakes_total\{.*verdict="admit".*\} (\d+)$/m.exec(body)?.[1];

describe("createWorkerMetrics", () => {
  it("adds counters up, and says the version and what all share once", async () => {
    const metrics = made();
    metrics.take(1, await counted(2).samples());
    metrics.take(2, await counted(3).samples());
    const { body, contentType } = await metrics.text();
    expect(contentType).toContain("text/plain");
    expect(admitted(body)).toBe("5");
    expect(body).toContain('sallyport_build_info{version="1.2.3"} 1');
    expect(body).toMatch(/^sallyport_workers 2$/m);
    expect(body).toMatch(/^sallyport_bans_active 1$/m);
  });

  it("takes a worker's newest count in place of the one before", async () => {
    const metrics = made();
    for (const handshakes of [2, 7]) metrics.take(1, await counted(handshakes).samples());
    expect(admitted((await metrics.text()).body)).toBe("7");
  });

  it("keeps what workers had counted that have ended, and drops their gauges", async () => {
    const metrics = made();
    for (const worker of [1, 2, 3]) {
      metrics.take(worker, await counted(worker).samples());
      metrics.gone(worker);
    }
    expect((await metrics.text()).body).toMatch(/^sallyport_worker_deaths_total 3$/m);
    metrics.take(4, await counted(10).samples());
    const { body } = await metrics.text();
    expect(admitted(body)).toBe("16");
    expect(body).toContain('sallyport_build_info{version="1.2.3"} 1');
    expect(body).toMatch(/^sallyport_workers 1$/m);
  });

  it("counts what the process tells that keeps the workers, and the journal that it writes for them", async () => {
    const journal = new GateJournal(
      {
        append: () => "taken",
        session: () => {
          throw new Error("not asked");
        },
        room: () => Promise.resolve(),
        close: () => Promise.resolve(true),
      },
      { info: 0, warn: 0, error: 2 },
    );
    const metrics = made({ journal: () => journal, logLost: () => 3 });
    metrics.configured(false);
    const event = { type: "gate", level: "error", message: "worker lost" } as const;
    metrics.tell(event);
    journal.take(event);
    const { body } = await metrics.text();
    for (const line of [
      'sallyport_gate_events_total{level="error"} 1',
      'sallyport_journal_records_total{outcome="taken"} 1',
      'sallyport_journal_alarms_total{level="error"} 2',
      "sallyport_config_last_reload_successful 0",
      "sallyport_log_lines_lost_total 3",
    ])
      expect(body).toContain(`${line}\n`);
  });
});
