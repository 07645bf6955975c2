const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** A number and its unit, apart: they are set differently. */
export interface Quantity {
  readonly number: string;
  /** Empty: a plain number. */
  readonly unit: string;
}

/** A whole number with its thousands apart: `12,345`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** A number of which three digits say enough: `0.25`, `18.3`, `1,240`, `1.25 million`. */
export function formatRate(rate: number): Quantity {
  if (rate >= 1e9) return { number: fine.format(rate / 1e9), unit: "billion" };
  if (rate >= 1e6) return { number: fine.format(rate / 1e6), unit: "million" };
  if (rate >= 1000) return { number: grouped.format(rate), unit: "" };
  // Less than a thousandth says nothing that somebody could act on.
  return { number: rate < 0.001 ? "0" : fine.format(rate), unit: "" };
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size: `512 B`, `1.5 KiB`, `24 MiB`. A power of 1024, as in the configuration. */
export function formatBytes(bytes: number): Quantity {
  let [size, power] = [bytes, 0];
  while (size >= 1000 && power < BYTE_UNITS.length - 1) {
    size /= 1024;
    power += 1;
  }
  return { number: size < 0.001 ? "0" : fine.format(size), unit: BYTE_UNITS[power] ?? "B" };
}

/** A short time: `40 µs`, `1.2 ms`, `3.4 s`. */
export function formatLatency(ms: number): Quantity {
  if (ms < 1) return { number: ms < 0.0005 ? "0" : fine.format(ms * 1000), unit: "µs" };
  if (ms < 1000) return { number: fine.format(ms), unit: "ms" };
  return { number: fine.format(ms / 1000), unit: "s" };
}

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
];

/** How long something is, in its two largest units: `3 d 4 h`, `12 min 5 s`, `40 s`. Less than a second is `0 s`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, ms);
  const first = UNITS.findIndex(([, unitMs]) => whole >= unitMs);
  if (first < 0) return "0 s";
  let left = whole;
  const parts = UNITS.slice(first, first + 2).map(([unit, unitMs]) => {
    const count = Math.floor(left / unitMs);
    left -= count * unitMs;
    return { count, text: `${count} ${unit}` };
  });
  return parts
    .filter(({ count }) => count > 0)
    .map(({ text }) => text)
    .join(" ");
}

/** A part of a whole: `40 %`. */
export function formatShare(share: number): Quantity {
  return { number: fine.format(share < 0.0005 ? 0 : share * 100), unit: "%" };
}

/** A quantity in one piece. */
export function inOne({ number, unit }: Quantity): string {
  return unit === "" ? number : `${number} ${unit}`;
}
