/** The shortest of three runs, milliseconds: what the work itself takes, on a machine that is busy with others. */
export function fastestOf(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}
