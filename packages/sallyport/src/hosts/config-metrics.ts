import type { Gauge, Registry } from "prom-client";
import { addGauge } from "./metric.ts";

/** Adds, with the first configuration that it is told of, whether the newest is in force. A worker is told of none. */
export function createConfigMetrics(registry: Registry): (ok: boolean) => void {
  let gauges: { readonly successful: Gauge; readonly since: Gauge } | null = null;
  return (ok) => {
    gauges ??= {
      successful: addGauge(registry, "sallyport_config_last_reload_successful"),
      since: addGauge(registry, "sallyport_config_last_reload_success_timestamp_seconds"),
    };
    gauges.successful.set(ok ? 1 : 0);
    if (ok) gauges.since.set(Date.now() / 1000);
  };
}
