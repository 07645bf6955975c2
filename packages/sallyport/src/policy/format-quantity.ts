const DURATIONS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;
const SIZES = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
  ["B", 1],
] as const;

// The largest unit that divides the value evenly, so that what is read back is the same number.
function inUnits(value: number, units: readonly (readonly [string, number])[]): string {
  const fit = units.find(([, factor]) => value >= factor && value % factor === 0) ?? units.at(-1);
  return fit === undefined ? String(value) : `${value / fit[1]}${fit[0]}`;
}

/**
 * A value as it is written in a configuration: 30000 of unit `duration` is `30s`, 65536 of unit `size` is `64KiB`,
 * 50 of unit `rate` is `50/s`. Anything else as JSON without quotes.
 */
export function formatQuantity(value: unknown, unit: string | null): string {
  if (typeof value === "string") return value;
  if (typeof value !== "number") return JSON.stringify(value) ?? "";
  if (unit === "duration") return inUnits(value, DURATIONS);
  if (unit === "size") return inUnits(value, SIZES);
  if (unit === "byte rate") return `${inUnits(value, SIZES)}/s`;
  return unit === "rate" ? formatRate(value) : String(value);
}

function formatRate(perSecond: number): string {
  const [count, unit] = [
    [perSecond, "s"],
    [perSecond * 60, "m"],
    [perSecond * 3600, "h"],
  ].find(([value]) => Number.isInteger(value)) ?? [perSecond, "s"];
  return `${count}/${unit}`;
}
