const Z = 1.959964;
const percent = (value: number): string => (100 * Math.min(1, Math.max(0, value))).toFixed(1);

/** A share of a sample as text, with its 95 % interval after Wilson, in percent. */
export function shareWithInterval(hits: number, of: number): string {
  if (of === 0) return "-";
  const share = hits / of;
  const centre = share + Z ** 2 / (2 * of);
  const spread = Z * Math.sqrt((share * (1 - share) + Z ** 2 / (4 * of)) / of);
  const scale = 1 + Z ** 2 / of;
  return `${(100 * share).toFixed(1)} % (${percent((centre - spread) / scale)} to ${percent((centre + spread) / scale)})`;
}
