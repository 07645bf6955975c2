const UNITS = [
  ["days", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

/** A duration as a sentence says it: `43 s`, `12 min`, `3.5 h`; never less than one second. @param ms milliseconds */
export function saidDuration(ms: number): string {
  const shown = Math.max(1000, ms);
  const [unit, unitMs] = UNITS.find(([, least]) => shown >= 2 * least) ?? ["s", 1000];
  return `${Number((shown / unitMs).toFixed(1))} ${unit}`;
}

/** A size as a sentence says it: `512 B`, `1.5 MiB`. @param bytes a whole number */
export function saidSize(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}
