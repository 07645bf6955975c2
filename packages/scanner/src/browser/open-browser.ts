import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { problemOf } from "../problem-of.ts";
import { loadPlaywright } from "./load-playwright.ts";
import { UsageError } from "../usage-error.ts";

/** A Chromium that runs, without a window and with a profile of its own that is thrown away. */
export interface OpenBrowser {
  readonly browser: Browser;
  readonly close: () => Promise<void>;
}

/** Third-party cookies, as browsers differ in them: Chrome and Edge send them, Safari and Firefox keep them back or apart. */
export type ThirdPartyCookies = "sent" | "blocked";

const ARGUMENTS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The settings of the profile, since builds of Chromium differ in their defaults: Debian's blocks third-party cookies. */
const PREFERENCES: Readonly<Record<ThirdPartyCookies, object>> = {
  sent: { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } },
  blocked: { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } },
};

/** Starts Chromium. Its sandbox is on but for root, to whom Chromium gives none. Rejects where it does not start. */
export async function openBrowser(path: string, thirdParty: ThirdPartyCookies): Promise<OpenBrowser> {
  const chromium = await loadPlaywright();
  const profile = await mkdtemp(join(tmpdir(), "sallyport-scan-"));
  const remove = (): Promise<void> => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    await mkdir(join(profile, "Default"));
    await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(PREFERENCES[thirdParty]));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: path,
      headless: true,
      chromiumSandbox: userInfo().uid !== 0,
      args: ARGUMENTS,
    });
    const browser = context.browser();
    if (browser === null) throw new Error("it has no browser");
    const close = async (): Promise<void> => {
      await context.close().catch(() => undefined);
      await remove();
    };
    return { browser, close };
  } catch (error) {
    await remove();
    const [words = ""] = problemOf(error).split("\n");
    throw new UsageError(`the browser ${path} does not start: ${words}`, { cause: error });
  }
}
