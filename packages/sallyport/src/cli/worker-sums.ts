/** What several workers counted, together. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What several workers say, each thing once. */
export function unique(problems: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(problems.flat())];
}
