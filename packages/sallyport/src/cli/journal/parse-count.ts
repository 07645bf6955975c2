/** A count, or what is wrong with what was written. */
export type CountParsed =
  | { readonly ok: true; readonly count: number }
  | { readonly ok: false; readonly problem: string };

/** Reads a whole number from 1. @param written as it stands behind the flag; absent: `otherwise` */
export function parseCount(flag: string, written: string | undefined, otherwise: number): CountParsed {
  if (written === undefined) return { ok: true, count: otherwise };
  return /^[1-9]\d{0,14}$/.test(written)
    ? { ok: true, count: Number(written) }
    : { ok: false, problem: `${flag}: expected a whole number from 1` };
}
