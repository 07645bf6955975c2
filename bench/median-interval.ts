import { median } from "./report.ts";

/** A median, and between what it lies. */
export interface MedianInterval {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/**
 * The median of what was measured, and the interval in which the true one lies in 95 of 100 cases, whatever the spread looks like: the ranks come from
 * the binomial distribution alone (the sign test). Of fewer than six numbers it is all that was seen.
 */
export function medianInterval(numbers: readonly number[]): MedianInterval {
  const sorted = numbers.toSorted((one, other) => one - other);
  const { length } = sorted;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  // As many are left out at either end as lie beyond the true median by chance in less than 2.5 of 100 cases.
  let [out, chance, sum] = [0, 0.5 ** length, 0.5 ** length];
  while (sum <= 0.025 && out < length / 2) {
    out += 1;
    chance *= (length - out + 1) / out;
    sum += chance;
  }
  const skipped = Math.max(0, out - 1);
  return { low: at(skipped), middle: median(numbers), high: at(length - 1 - skipped) };
}
