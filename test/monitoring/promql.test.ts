import { describe, expect, it } from "vitest";
import { readExposition, readPromql, unknownIn } from "./promql.ts";

const exposed = readExposition(`# HELP a_total A.
# TYPE a_total counter
a_total{route="/x, y=\\"z\\"",code="1"} 4
b_bucket{le="+Inf"} 1
up 1
`);

describe("unknownIn", () => {
  it("reads names and labels of what is exported", () => {
    expect([...exposed].map(([name, labels]) => `${name}: ${[...labels].join(", ")}`)).toEqual([
      "a_total: route, code",
      "b_bucket: le",
      "up: ",
    ]);
    expect(() => readExposition("not a sample")).toThrow("no sample");
  });

  it("finds nothing wrong with what is exported", () => {
    const fine = [
      'sum by (route, job) (rate(a_total{instance=~"x",code!="2"}[5m])) / on (job) sum by (job) (up offset 5m)',
      "histogram_quantile(0.9, sum by (le) (rate(b_bucket[5m])))",
    ];
    for (const expression of fine) expect(unknownIn(expression, exposed)).toEqual([]);
  });

  it("names series and labels that nobody exports", () => {
    expect(unknownIn('sum by (user) (rate(a_total{who="x"}[5m])) > c_total', exposed)).toEqual([
      "a_total{who}",
      "c_total",
      "by (user)",
    ]);
  });

  it("throws at what is no PromQL", () => {
    for (const text of ["sum(a_total", "rate(a_total[5m]", "a_total{", "by by"])
      expect(() => readPromql(text)).toThrow("no PromQL");
  });
});
