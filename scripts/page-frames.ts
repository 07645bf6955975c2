import type { Page } from "playwright-core";

/** How a page has drawn since it was last asked. Times in milliseconds. */
export interface PageFrames {
  readonly count: number;
  readonly longest: number;
  /** How many took longer than 100 ms. */
  readonly long: number;
}

/** From now on the page remembers its frames; what it remembered before is forgotten. */
export async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(`{
    const isNew = window.frames_ === undefined;
    window.frames_ = { longest: 0, long: 0, count: 0, before: performance.now() };
    const look = (now) => {
      const took = now - window.frames_.before;
      window.frames_.before = now;
      window.frames_.count += 1;
      window.frames_.longest = Math.max(window.frames_.longest, took);
      if (took > 100) window.frames_.long += 1;
      requestAnimationFrame(look);
    };
    if (isNew) requestAnimationFrame(look);
  }`);
}

/** The page's frames since they are watched. */
export async function framesOf(page: Page): Promise<PageFrames> {
  return await page.evaluate<PageFrames>(
    "({ count: window.frames_.count, longest: window.frames_.longest, long: window.frames_.long })",
  );
}

/** The same as a text. */
export function describeFrames({ count, longest, long }: PageFrames): string {
  return `${count} frames, the longest ${longest.toFixed(0)} ms, ${long} over 100 ms`;
}
