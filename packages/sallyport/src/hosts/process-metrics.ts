import { readdir, readFile } from "node:fs/promises";
import type { Registry } from "prom-client";
import { watchLoopDelay } from "./loop-delay.ts";
import { processMemory } from "./memory-watch.ts";
import { addCounter, addGauge, addHistogram } from "./metric.ts";

const DESCRIPTORS = "/proc/self/fd";
const LIMITS = "/proc/self/limits";

/**
 * Adds what the process takes, under the names that every dashboard of processes knows, and how its event loop does.
 *
 * @param late takes each delay of the event loop, seconds, too
 * @returns what stops the watch of the event loop
 */
export function addProcessMetrics(
  registry: Registry,
  late: (seconds: number) => void = () => {},
): () => void {
  addCounter(registry, "process_cpu_seconds_total", (counter) => {
    const { user, system } = process.cpuUsage();
    counter.inc((user + system) / 1e6);
  });
  addGauge(registry, "process_resident_memory_bytes", (gauge) => gauge.set(process.memoryUsage.rss()));
  addGauge(registry, "process_start_time_seconds").set(Math.round(performance.timeOrigin / 1000));
  addGauge(registry, "sallyport_memory_used_ratio", (gauge) => {
    for (const { what, used, limit } of processMemory()) gauge.set({ what }, used / limit);
  });
  addCounter(registry, "sallyport_event_loop_active_seconds_total", (counter) =>
    counter.inc(performance.eventLoopUtilization().active / 1000),
  );
  if (process.platform === "linux") addDescriptors(registry);
  const delay = addHistogram(registry, "sallyport_event_loop_delay_seconds");
  return watchLoopDelay((seconds) => {
    delay.observe(seconds);
    late(seconds);
  });
}

function addDescriptors(registry: Registry): void {
  addGauge(registry, "process_open_fds", async (gauge) => {
    const open = await readdir(DESCRIPTORS).catch(() => []);
    // One of them read the folder.
    gauge.set(Math.max(0, open.length - 1));
  });
  addGauge(registry, "process_max_fds", async (gauge) => {
    const limits = await readFile(LIMITS, "utf8").catch(() => "");
    gauge.set(Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0));
  });
}
