import { readFile } from "node:fs/promises";
import { parse } from "yaml";

const deployed = (path: string): Promise<string> =>
  readFile(new URL(`../../deploy/${path}`, import.meta.url), "utf8");

/** A rule of `deploy/prometheus/sallyport.rules.yml`. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Every rule, in order. */
export async function readRules(): Promise<readonly Rule[]> {
  const { groups }: { readonly groups: readonly { readonly rules: readonly Rule[] }[] } = parse(
    await deployed("prometheus/sallyport.rules.yml"),
  );
  return groups.flatMap(({ rules }) => rules);
}

/** A panel as it stands in the dashboard. */
export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string; readonly thresholds: object } };
}

/** The dashboard of `deploy/grafana`, as far as tests ask about it. */
export interface Dashboard {
  readonly uid: string;
  readonly __inputs: readonly { readonly name: string }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] };
  readonly panels: readonly DashboardPanel[];
}

/** Reads it. */
export async function readDashboard(): Promise<Dashboard> {
  const dashboard: Dashboard = JSON.parse(await deployed("grafana/sallyport.json"));
  return dashboard;
}

/** An expression as Grafana would send it, every gate and route chosen. */
export function filledIn(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll("$instance", ".*").replaceAll("$route", ".*");
}

/** Every expression of the dashboard, by the title of its panel; those of its variables as the series that they look up. */
export async function dashboardExpressions(): Promise<readonly (readonly [string, string])[]> {
  const { panels, templating } = await readDashboard();
  const asked = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, filledIn(expr)] as const),
  );
  const variables = templating.list.map(({ name, definition }) => {
    const [, series = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    return [`variable ${name}`, `count by (${label}) (${filledIn(series)})`] as const;
  });
  return [...asked, ...variables];
}
