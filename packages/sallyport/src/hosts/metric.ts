import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { metricTable, type MetricName } from "./metric-table.ts";

/** Sets a metric's values at a scrape; those of the scrape before are gone by then. */
type Collect<Metric> = (metric: Metric) => void | Promise<void>;

/** What a metric is made of; `collect`: its values are asked for at each scrape. */
function partsOf<Metric extends Counter | Gauge>(
  name: MetricName,
  registry: Registry,
  collect: Collect<Metric> | undefined,
): {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
  collect?(this: Metric): void | Promise<void>;
} {
  const { help, labels } = metricTable[name];
  const parts = { name, help, labelNames: [...labels], registers: [registry] };
  if (collect === undefined) return parts;
  return {
    ...parts,
    collect() {
      this.reset();
      return collect(this);
    },
  };
}

/** Adds a counter of the table to a registry. */
export function addCounter(registry: Registry, name: MetricName, collect?: Collect<Counter>): Counter {
  return new Counter(partsOf(name, registry, collect));
}

/** Adds a gauge of the table to a registry. */
export function addGauge(registry: Registry, name: MetricName, collect?: Collect<Gauge>): Gauge {
  const { workers = "sum" } = metricTable[name];
  return new Gauge({ ...partsOf(name, registry, collect), aggregator: workers });
}

/** Adds a histogram of the table to a registry. */
export function addHistogram(registry: Registry, name: MetricName): Histogram {
  const { help, labels, buckets = [] } = metricTable[name];
  return new Histogram({
    name,
    help,
    labelNames: [...labels],
    buckets: [...buckets],
    registers: [registry],
  });
}
