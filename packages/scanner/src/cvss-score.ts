import type { Severity } from "./severity.ts";

const METRICS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
/** Privileges that are required weigh less where the scope changes. */
const PRIVILEGES: Readonly<Record<string, readonly [number, number]>> = {
  N: [0.85, 0.85],
  L: [0.62, 0.68],
  H: [0.27, 0.5],
};

/** The base score of a vector, 0 to 10 with one decimal (CVSS 3.1, 7.1). Throws where it is no base vector of that version. */
export function cvssScore(vector: string): number {
  const [version, ...parts] = vector.split("/");
  if (version !== "CVSS:3.1") throw new Error(`${vector} is no vector of CVSS 3.1`);
  const values = new Map(
    parts.map((part) => [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)]),
  );
  const weight = (metric: string): number => known(METRICS[metric]?.[values.get(metric) ?? ""], vector);
  const isChanged = known({ C: true, U: false }[values.get("S") ?? ""], vector);
  const privileges = known(PRIVILEGES[values.get("PR") ?? ""], vector)[isChanged ? 1 : 0];
  const base = 1 - (1 - weight("C")) * (1 - weight("I")) * (1 - weight("A"));
  const impact = isChanged ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
  const exploitability = 8.22 * weight("AV") * weight("AC") * privileges * weight("UI");
  if (impact <= 0) return 0;
  return roundUp(Math.min((isChanged ? 1.08 : 1) * (impact + exploitability), 10));
}

/** The severity that a score is called (CVSS 3.1, 5); none is `info` here. */
export function severityOf(score: number): Severity {
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "info";
}

/** Up to one decimal, without what floating point adds (CVSS 3.1, appendix A). */
function roundUp(score: number): number {
  const whole = Math.round(score * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}

function known<T>(value: T | undefined, vector: string): T {
  if (value === undefined) throw new Error(`${vector} is no base vector of CVSS 3.1`);
  return value;
}
