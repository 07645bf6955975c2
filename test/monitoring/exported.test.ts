import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify, parse } from "yaml";
import { metricTable, type MetricName } from "../../packages/sallyport/src/hosts/metric-table.ts";
import { temporaryDirectory } from "../../packages/sallyport/test/cli/sallyport-process.ts";
import { startBusyGate } from "./gate-under-traffic.ts";
import { promtool, runsPrometheus, startPrometheus } from "./prometheus.ts";
import { readExposition, unknownIn, type Exposed } from "./promql.ts";
import { dashboardExpressions, readRules } from "./watched-expressions.ts";

/** Where processes start slowly. */
const SLOW_MS = 300_000;

/** What this gate does not do: nothing is noticed, nothing is sent anywhere, and it has neither workers nor an engine. */
const NOT_HERE: readonly MetricName[] = [
  "sallyport_findings_total",
  "sallyport_alerts_total",
  "sallyport_telemetry_records_total",
  "sallyport_worker_deaths_total",
  "sallyport_state_up",
  "sallyport_state_disagreements",
  "sallyport_state_memory_bytes",
  "sallyport_state_memory_limit_bytes",
  "sallyport_watch_signals_left_out_total",
];

/** The names under which a metric's series stand. */
const seriesOf = (name: string): readonly string[] =>
  metricTable[name as MetricName].type === "histogram"
    ? ["_bucket", "_sum", "_count"].map((end) => name + end)
    : [name];

/** What Prometheus has besides: its own `up`, what the rules record, and what this gate does not do. */
async function withTheRest(exposed: Exposed): Promise<Exposed> {
  const all = new Map(exposed).set("up", new Set());
  for (const name of NOT_HERE) all.set(name, new Set(metricTable[name].labels));
  for (const { record } of await readRules())
    if (record !== undefined) all.set(record, new Set(record.startsWith("instance_route:") ? ["route"] : []));
  return all;
}

describe("a gate under traffic", () => {
  it(
    "exports every metric of the table with its labels and no other; dashboard and rules ask for nothing else, and a real Prometheus answers them",
    { timeout: SLOW_MS },
    async () => {
      const gate = await startBusyGate();
      const body = await gate.metrics();
      const exposed = readExposition(body);
      expect(labelsOf(exposed)).toEqual(labelsOfTable());
      expect(await askedInVain(exposed)).toEqual([]);
      if (!runsPrometheus) return;
      expect(await promtool(["check", "metrics"], body)).toEqual({ code: 0, text: "" });
      const { ask } = await startPrometheus(await configFor(gate));
      await expect.poll(() => valueOf(ask, 'up{job="sallyport"}'), POLL).toBe(1);
      await gate.work();
      // Rates want two scrapes with what happened between them.
      const grew = () => valueOf(ask, "sum(rate(sallyport_messages_total[1m]))");
      await expect.poll(grew, POLL).toBeGreaterThan(0);
      await expect
        .poll(() => askEverything(ask), POLL)
        .toEqual({
          answered: expect.toSatisfy((answered: number) => answered > 50),
          empty: [
            "Findings by detector",
            "Answers to findings",
            "Alerts",
            "Telemetry",
            "The engine is there",
            "Memory of the engine",
            "Nodes that differ",
            "Workers",
          ],
        });
      const count = (await readRules()).length;
      await expect.poll(() => healthOf(ask), POLL).toEqual(Array.from({ length: count }, () => "ok"));
    },
  );
});

const POLL = { timeout: 60_000, interval: 500 };

const inOrder = (one: string, other: string): number => one.localeCompare(other);

function line(name: string, labels: Iterable<string>): string {
  return `${name}: ${[...labels].toSorted(inOrder).join(", ")}`;
}

function labelsOf(exposed: Exposed): readonly string[] {
  return [...exposed].map(([name, labels]) => line(name, labels)).toSorted(inOrder);
}

/** The same by the table, for what this gate does. */
function labelsOfTable(): readonly string[] {
  const here = Object.entries(metricTable).filter(([name]) => !NOT_HERE.includes(name as MetricName));
  const lines = here.flatMap(([name, { labels }]) =>
    seriesOf(name).map((series) => line(series, series.endsWith("_bucket") ? labels.concat("le") : labels)),
  );
  return lines.toSorted(inOrder);
}

/** What the dashboard and the rules ask for that nobody exports. */
async function askedInVain(exposed: Exposed): Promise<readonly string[]> {
  const all = await withTheRest(exposed);
  const rules = (await readRules()).map(({ alert, record, expr }) => [alert ?? record ?? "", expr] as const);
  const asked = [...(await dashboardExpressions()), ...rules];
  expect(asked.length).toBeGreaterThan(80);
  return asked.flatMap(([title, expr]) => unknownIn(expr, all).map((what) => `${title}: ${what}`));
}

/** Asks a Prometheus all that the dashboard would; answers which panels found nothing. */
async function askEverything(
  ask: Ask,
): Promise<{ readonly answered: number; readonly empty: readonly string[] }> {
  const empty = new Set<string>();
  let answered = 0;
  for (const [title, query] of await dashboardExpressions()) {
    const { result } = (await ask("/api/v1/query", { query })) as { result: readonly unknown[] };
    if (result.length === 0) empty.add(title);
    else answered += 1;
  }
  return { answered, empty: [...empty] };
}

async function healthOf(ask: Ask): Promise<readonly string[]> {
  const { groups } = (await ask("/api/v1/rules")) as {
    readonly groups: readonly { readonly rules: readonly { readonly health: string }[] }[];
  };
  return groups.flatMap(({ rules }) => rules.map(({ health }) => health));
}

type Ask = (path: string, parameters?: Readonly<Record<string, string>>) => Promise<unknown>;

async function valueOf(ask: Ask, query: string): Promise<number> {
  const { result } = (await ask("/api/v1/query", { query })) as {
    result: readonly { value: [number, string] }[];
  };
  return Number(result[0]?.value[1] ?? Number.NaN);
}

/** The example's configuration, for this gate and in more of a hurry. */
async function configFor({
  admin,
  tokenFile,
}: {
  readonly admin: string;
  readonly tokenFile: string;
}): Promise<string> {
  const directory = await temporaryDirectory();
  const example = new URL("../../deploy/prometheus/", import.meta.url);
  const config = parse(await readFile(new URL("prometheus.yml", example), "utf8"));
  config.global = { scrape_interval: "1s", evaluation_interval: "1s" };
  config.scrape_configs[0].static_configs[0].targets = [new URL(admin).host];
  config.scrape_configs[0].authorization.credentials_file = tokenFile;
  await writeFile(
    join(directory, "sallyport.rules.yml"),
    await readFile(new URL("sallyport.rules.yml", example), "utf8"),
  );
  const file = join(directory, "prometheus.yml");
  await writeFile(file, stringify(config));
  expect(await promtool(["check", "config", file])).toMatchObject({ code: 0 });
  return file;
}
