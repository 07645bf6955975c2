/** How many pixels a `rem` has now: 16, where nobody has chosen other letters. */
export function remNow(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
