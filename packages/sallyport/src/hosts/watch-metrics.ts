import type { Registry } from "prom-client";
import type { WatchFigures } from "./gate-watch.ts";
import { addCounter, addGauge } from "./metric.ts";

/** Shows what the watch is up to. @param figures `null`: it is not there yet, or another process has it */
export function addWatchMetrics(registry: Registry, figures: () => WatchFigures | null): void {
  addGauge(registry, "sallyport_watch_keys", (gauge) => {
    for (const { name, keys } of figures()?.detectors ?? []) gauge.set({ detector: name }, keys);
  });
  addGauge(registry, "sallyport_watch_detector_off", (gauge) => {
    for (const { name, isOff } of figures()?.detectors ?? []) gauge.set({ detector: name }, isOff ? 1 : 0);
  });
  addCounter(registry, "sallyport_watch_signals_total", (counter) => counter.inc(figures()?.signals ?? 0));
  addGauge(registry, "sallyport_watch_findings_kept", (gauge) => gauge.set(figures()?.findingsKept ?? 0));
}
