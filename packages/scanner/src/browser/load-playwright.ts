import type { BrowserType } from "playwright-core";
import { UsageError } from "../usage-error.ts";

interface Playwright {
  readonly chromium: BrowserType;
}

/**
 * Loads what drives the browser: an optional peer of this package, loaded for `--browser` alone, without which everything else works. Rejects
 * with how to install it where it is not there.
 */
export async function loadPlaywright(
  load: () => Promise<Playwright> = () => import("playwright-core"),
): Promise<BrowserType> {
  try {
    return (await load()).chromium;
  } catch (error) {
    throw new UsageError(
      "--browser needs the package playwright-core beside the scanner: npm install playwright-core (it brings no browser; Chromium is looked for at the usual places)",
      { cause: error },
    );
  }
}
