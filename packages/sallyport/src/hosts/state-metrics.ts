import type { Registry } from "prom-client";
import { disagreementKinds } from "../state/node-terms.ts";
import { addCounter, addGauge } from "./metric.ts";

/** What is counted of the engine that nodes share state through. */
export interface EngineFigures {
  /** Where it is, without any secret. */
  readonly shown: string;
  readonly up: boolean;
  readonly outages: number;
  readonly unpublished: number;
  readonly putBack: number;
  readonly misfits: number;
  readonly clockAheadMs: number;
  /** What nodes do not have alike, and how many differ. */
  readonly disagreements: readonly { readonly about: string; readonly nodes: number }[];
  /** `null`: it is not known. */
  readonly memory: { readonly usedBytes: number; readonly limitBytes: number } | null;
}

/** Adds how the engine is that state is shared through; zeros, and nothing of `up`, where there is none. */
export function addStateMetrics(registry: Registry, find: () => EngineFigures | null): void {
  const gauges = [
    ["sallyport_state_unpublished", "unpublished", 1],
    ["sallyport_state_clock_ahead_seconds", "clockAheadMs", 1000],
  ] as const;
  const counters = [
    ["sallyport_state_outages_total", "outages"],
    ["sallyport_state_put_back_total", "putBack"],
    ["sallyport_state_misfits_total", "misfits"],
  ] as const;
  addGauge(registry, "sallyport_state_up", (gauge) => {
    const figures = find();
    if (figures !== null) gauge.set({ engine: figures.shown }, figures.up ? 1 : 0);
  });
  const memory = [
    ["sallyport_state_memory_bytes", "usedBytes"],
    ["sallyport_state_memory_limit_bytes", "limitBytes"],
  ] as const;
  for (const [name, figure] of memory)
    addGauge(registry, name, (gauge) => {
      const figures = find();
      if (figures !== null && figures.memory !== null)
        gauge.set({ engine: figures.shown }, figures.memory[figure]);
    });
  addGauge(registry, "sallyport_state_disagreements", (gauge) => {
    const figures = find();
    if (figures === null) return;
    for (const about of disagreementKinds) {
      const found = figures.disagreements.filter((one) => one.about === about);
      gauge.set({ about }, Math.max(0, ...found.map(({ nodes }) => nodes)));
    }
  });
  for (const [name, figure, unit] of gauges)
    addGauge(registry, name, (gauge) => gauge.set((find()?.[figure] ?? 0) / unit));
  for (const [name, figure] of counters)
    addCounter(registry, name, (counter) => counter.inc(find()?.[figure] ?? 0));
}
