import { describe, expect, it } from "vitest";
import { LogHistogram, octaveOf, valueAt } from "./log-histogram.ts";

function of(values: readonly number[]): LogHistogram {
  const histogram = new LogHistogram();
  for (const value of values) histogram.add(value, 1);
  return histogram;
}
const near = (value: number, wanted: number): boolean => value > wanted * 0.75 && value < wanted * 1.25;

describe("LogHistogram", () => {
  it("knows quantiles within a fifth or so, from nothing to terabytes", () => {
    const histogram = of([0, 10, 100, 1000, 1e12]);
    expect(near(valueAt(histogram.octaveAt(0.5)), 100)).toBe(true);
    expect(near(valueAt(histogram.octaveAt(0.99)), 1e12)).toBe(true);
    expect(valueAt(histogram.octaveAt(0))).toBeLessThan(0.2);
    expect(of([1e300]).octaveAt(0.5)).toBeLessThan(48);
  });

  it("says nothing of nothing", () => {
    expect(of([]).octaveAt(0.5)).toBe(0);
    expect(of([]).deviationFrom(0)).toBe(0);
  });

  it("estimates a deviation that some few values cannot move", () => {
    const usual = Array.from({ length: 100 }, (_, index) => 50 + index);
    const median = octaveOf(100);
    const deviation = of(usual).deviationFrom(median);
    expect(of([...usual, 1e9, 1e9, 1e9]).deviationFrom(median)).toBeLessThan(deviation + 0.5);
    expect(of([100, 100, 100]).deviationFrom(median)).toBe(0);
    expect(of([0, 0, 1e9]).deviationFrom(-5)).toBe(0);
  });

  it("lets values fade", () => {
    const histogram = of([10, 10]);
    histogram.fade(0.5);
    histogram.add(1000, 1.5);
    expect(histogram.total).toBe(2.5);
    expect(near(valueAt(histogram.octaveAt(0.5)), 1000)).toBe(true);
  });
});
