import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { temporaryDirectory } from "../../packages/sallyport/test/cli/sallyport-process.ts";
import { alertCases, type AlertCase } from "./alert-cases.ts";
import { promtool, runsPrometheus } from "./prometheus.ts";
import { readRules, type Rule } from "./watched-expressions.ts";

const rulesFile = fileURLToPath(new URL("../../deploy/prometheus/sallyport.rules.yml", import.meta.url));

/** Every series has these labels, as Prometheus gives them. */
const TARGET = { job: "sallyport", instance: "gate-1:9091" };

const braced = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(",")}}`;

/** What Prometheus makes of `{{ $labels.x }}`. */
function filled(text: string, labels: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? "");
}

/** A case as `promtool test rules` has it. */
function testOf(
  { alert, series, at, labels, kept = ["job", "instance"] }: AlertCase,
  rules: readonly Rule[],
): object {
  const rule = rules.find((candidate) => candidate.alert === alert);
  if (rule === undefined) throw new Error(`there is no alert ${alert}`);
  const target = Object.fromEntries(
    Object.entries(TARGET).filter(([name]) => kept.some((label) => label === name)),
  );
  const all = { ...target, ...labels };
  const annotations = Object.entries(rule.annotations ?? {}).map(([name, text]) => [name, filled(text, all)]);
  return {
    name: `${alert}: ${labels === null ? "quiet" : "fires"}`,
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => {
      const [metric = "", own = ""] = name.split(/(?=\{)/);
      const inner = own.slice(1, -1);
      return { series: `${metric}${braced(TARGET).replace("}", inner === "" ? "}" : `,${inner}}`)}`, values };
    }),
    alert_rule_test: [
      {
        eval_time: at,
        alertname: alert,
        exp_alerts:
          labels === null
            ? []
            : [{ exp_labels: { ...rule.labels, ...all }, exp_annotations: Object.fromEntries(annotations) }],
      },
    ],
  };
}

const inOrder = (one: string, other: string): number => one.localeCompare(other);

/** The alerts that have a case that fires, or one that does not. */
function alertsOf(fires: boolean): readonly string[] {
  const cases = alertCases.filter(({ labels }) => (labels !== null) === fires);
  return [...new Set(cases.map(({ alert }) => alert))].toSorted(inOrder);
}

describe("the alert rules", () => {
  it("each have a severity, one sentence and what to do, and a case that fires and one that does not", async () => {
    const alerts = (await readRules()).filter(({ alert }) => alert !== undefined);
    for (const { alert, labels, annotations } of alerts) {
      expect([alert, labels?.["severity"]]).toEqual([alert, expect.stringMatching(/^(warning|critical)$/)]);
      expect(Object.keys(annotations ?? {})).toEqual(["summary", "runbook"]);
    }
    const names = alerts.map(({ alert = "" }) => alert);
    expect(alertsOf(true)).toEqual(names.toSorted(inOrder));
    expect(alertsOf(false)).toEqual(names.toSorted(inOrder));
  });

  it.runIf(runsPrometheus)(
    "are sound, and fire when they should and not when not, by promtool",
    { timeout: 180_000 },
    async () => {
      expect(await promtool(["check", "rules", rulesFile])).toMatchObject({ code: 0 });
      const [rules, directory] = [await readRules(), await temporaryDirectory()];
      await writeFile(join(directory, "sallyport.rules.yml"), await readFile(rulesFile));
      const file = join(directory, "test.yml");
      const tests = alertCases.map((one) => testOf(one, rules));
      await writeFile(
        file,
        stringify(
          { rule_files: ["sallyport.rules.yml"], evaluation_interval: "1m", tests },
          { lineWidth: 0 },
        ),
      );
      expect(await promtool(["test", "rules", file])).toMatchObject({
        text: expect.stringContaining("SUCCESS"),
      });
    },
  );
});
