import { panelRows, type Panel, type PanelRow } from "./grafana-panels.ts";

/** A panel has a third of the 24 columns; a number an eighth. */
const WIDTHS = { timeseries: 8, stat: 3 } as const;
const HEIGHTS = { timeseries: 8, stat: 4 } as const;
const COLUMNS = 24;
const DATASOURCE = { type: "prometheus", uid: "${DS_PROMETHEUS}" };

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Placed {
  readonly id: number;
  readonly place: Place;
}

function renderPanel(panel: Panel, { id, place }: Placed): object {
  const { title, description, type, unit, queries, thresholds, stacked = false } = panel;
  const steps = (thresholds ?? [{ from: null, colour: "green" }]).map(({ from, colour }) => ({
    color: colour,
    value: from,
  }));
  const lines = {
    drawStyle: "line",
    lineWidth: 1,
    fillOpacity: stacked ? 25 : 5,
    showPoints: "never",
    spanNulls: false,
    stacking: { mode: stacked ? "normal" : "none", group: "A" },
    thresholdsStyle: { mode: thresholds === undefined ? "off" : "dashed" },
  };
  return {
    id,
    type,
    title,
    description,
    datasource: DATASOURCE,
    gridPos: { h: HEIGHTS[type], w: WIDTHS[type], ...place },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      range: type === "timeseries",
      instant: type === "stat",
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(type === "timeseries" ? { min: 0, custom: lines } : {}),
        color: { mode: type === "stat" ? "thresholds" : "palette-classic" },
        thresholds: { mode: "absolute", steps },
      },
      overrides: [],
    },
    options:
      type === "stat"
        ? {
            reduceOptions: { calcs: ["lastNotNull"] },
            colorMode: "value",
            graphMode: "none",
            textMode: "value",
          }
        : {
            legend: { displayMode: "list", placement: "bottom", showLegend: true },
            tooltip: { mode: "multi", sort: "desc" },
          },
  };
}

function renderRow(title: string, { id, place }: Placed): object {
  return { id, type: "row", title, collapsed: false, gridPos: { h: 1, w: COLUMNS, ...place }, panels: [] };
}

/** Panels from left to right, in lines, below the row's title. */
function renderPanels(rows: readonly PanelRow[]): object[] {
  const rendered: object[] = [];
  let [id, y] = [0, 0];
  const nextId = (): number => (id += 1);
  for (const { title, panels } of rows) {
    rendered.push(renderRow(title, { id: nextId(), place: { x: 0, y } }));
    y += 1;
    let [x, height] = [0, 0];
    for (const panel of panels) {
      const width = WIDTHS[panel.type];
      if (x + width > COLUMNS) {
        y += height;
        x = 0;
      }
      rendered.push(renderPanel(panel, { id: nextId(), place: { x, y } }));
      x += width;
      height = HEIGHTS[panel.type];
    }
    y += height;
  }
  return rendered;
}

function variable(name: string, label: string, query: string): object {
  return {
    name,
    label,
    type: "query",
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    // Also what has no route: a request for a path that none serves.
    allValue: ".*",
    current: { selected: true, text: ["All"], value: ["$__all"] },
  };
}

/** The dashboard `deploy/grafana/sallyport.json`, as Grafana imports it. */
export function renderDashboard(): string {
  const dashboard = {
    __inputs: [
      {
        name: "DS_PROMETHEUS",
        label: "Prometheus",
        description: "Where the gate's metrics are",
        type: "datasource",
        pluginId: "prometheus",
        pluginName: "Prometheus",
      },
    ],
    __requires: [
      { type: "grafana", id: "grafana", name: "Grafana", version: "10.0.0" },
      { type: "datasource", id: "prometheus", name: "Prometheus", version: "1.0.0" },
      { type: "panel", id: "stat", name: "Stat", version: "" },
      { type: "panel", id: "timeseries", name: "Time series", version: "" },
    ],
    id: null,
    uid: "sallyport",
    title: "Sallyport",
    description: "A gate for WebSockets: connections, handshakes, messages, decisions, findings, journal.",
    tags: ["sallyport", "websocket", "security"],
    editable: true,
    graphTooltip: 1,
    schemaVersion: 38,
    version: 1,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    timezone: "browser",
    annotations: { list: [] },
    templating: {
      list: [
        variable("instance", "Gate", "label_values(sallyport_build_info, instance)"),
        variable(
          "route",
          "Route",
          'label_values(sallyport_connections_active{instance=~"$instance"}, route)',
        ),
      ],
    },
    links: [],
    panels: renderPanels(panelRows),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
