import { Counter, Gauge, type Registry } from "prom-client";
import type { FindingEvent } from "../events.ts";
import type { WatchFigures } from "./gate-watch.ts";

/** Counts findings, and shows what the watch is up to. @param figures `null`: it is not there yet, or another process has it */
export function addWatchMetrics(
  registry: Registry,
  figures: () => WatchFigures | null,
): (event: FindingEvent) => void {
  const found = new Counter({
    name: "sallyport_findings_total",
    help: "Findings of the watch, by detector or rule, and what came of them.",
    labelNames: ["detector", "severity", "answer", "outcome"],
    registers: [registry],
  });
  registry.registerMetric(
    new Gauge({
      registers: [],
      name: "sallyport_watch_keys",
      help: "Addresses, users and sessions that a detector of the watch tells apart.",
      labelNames: ["detector"],
      collect() {
        this.reset();
        for (const { name, keys } of figures()?.detectors ?? []) this.set({ detector: name }, keys);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      registers: [],
      name: "sallyport_watch_detector_off",
      help: "1 for a detector of the watch that is off after a fault, until a reload changes its options.",
      labelNames: ["detector"],
      collect() {
        this.reset();
        for (const { name, isOff } of figures()?.detectors ?? []) this.set({ detector: name }, isOff ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      registers: [],
      name: "sallyport_watch_signals_total",
      help: "What the watch was told: events, and what open connections carried.",
      collect() {
        this.reset();
        this.inc(figures()?.signals ?? 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      registers: [],
      name: "sallyport_watch_findings_kept",
      help: "Findings that `sallyport watch list` knows.",
      collect() {
        this.set(figures()?.findingsKept ?? 0);
      },
    }),
  );
  return ({ detector, severity, answer, outcome }) => found.inc({ detector, severity, answer, outcome });
}
