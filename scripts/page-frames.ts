import type { CDPSession, Page } from "playwright-core";

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

/** What a page has computed since it was opened, milliseconds of CPU of its own thread: other work on the machine does not count. */
export interface PageWork {
  readonly script: number;
  readonly style: number;
  readonly layout: number;
  /** The three, and all else: parsing, painting, collecting. */
  readonly all: number;
}

/** Has a page's work counted. Answers what tells it. */
export async function countWork(page: Page): Promise<() => Promise<PageWork>> {
  const debug: CDPSession = await page.context().newCDPSession(page);
  await debug.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await debug.send("Performance.getMetrics");
    const of = (name: string): number => (metrics.find((metric) => metric.name === name)?.value ?? 0) * 1000;
    return {
      script: of("ScriptDuration"),
      style: of("RecalcStyleDuration"),
      layout: of("LayoutDuration"),
      all: of("TaskDuration"),
    };
  };
}

/** What was computed between two moments. @param share of it: `1`, all */
export function workBetween(before: PageWork, after: PageWork, share = 1): PageWork {
  const of = (name: keyof PageWork): number => (after[name] - before[name]) * share;
  return { script: of("script"), style: of("style"), layout: of("layout"), all: of("all") };
}

/** Work as a text, for each of some times that something was done. */
export function describeWork(work: PageWork, times: number): string {
  const each = (of: keyof PageWork): string => (work[of] / times).toFixed(2);
  return `${each("all")} ms of CPU (script ${each("script")}, style ${each("style")}, layout ${each("layout")})`;
}
