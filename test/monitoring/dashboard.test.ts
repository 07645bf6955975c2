import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readDashboard, readRules } from "./watched-expressions.ts";

describe("the dashboard", () => {
  it("asks for a Prometheus when it is imported, has a fixed uid, and lets choose gates and routes", async () => {
    const { uid, __inputs, templating } = await readDashboard();
    expect(uid).toBe("sallyport");
    expect(__inputs.map(({ name }) => name)).toEqual(["DS_PROMETHEUS"]);
    expect(templating.list.map(({ name }) => name)).toEqual(["instance", "route"]);
  });

  it("has a title, a unit and named series in each panel", async () => {
    const panels = (await readDashboard()).panels.filter(({ type }) => type !== "row");
    expect(panels.length).toBeGreaterThan(40);
    const nameless = panels.filter(
      ({ type, targets = [] }) =>
        type === "timeseries" && targets.some(({ legendFormat }) => legendFormat === ""),
    );
    expect(nameless).toEqual([]);
    for (const { title, targets = [], fieldConfig } of panels) {
      expect(title).not.toBe("");
      expect([title, fieldConfig?.defaults.unit]).toEqual([title, expect.stringMatching(/^\w+$/)]);
      expect([title, targets.length]).not.toEqual([title, 0]);
    }
  });

  it("has panels that stand beside each other, each in its own place", async () => {
    const { panels } = await readDashboard();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
          taken.set(`${x} ${y}`, title);
        }
    }
  });
});

describe("the page on monitoring", () => {
  it("names every alert under its severity", async () => {
    const page = await readFile(new URL("../../docs/how-to/monitor.md", import.meta.url), "utf8");
    const [critical = "", warning = ""] = page.split("| warning | |");
    const alerts = (await readRules()).filter(({ alert }) => alert !== undefined);
    const unnamed = alerts.filter(({ alert, labels }) => {
      const half = labels?.["severity"] === "critical" ? critical : warning;
      return !half.includes(`\`${alert}\``);
    });
    expect([alerts.length, unnamed]).toEqual([36, []]);
  });
});
