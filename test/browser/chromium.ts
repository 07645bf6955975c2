import { existsSync } from "node:fs";

import { type Browser, chromium } from "playwright-core";

const places = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Where this machine has a Chromium; `null` where it has none. `CHROMIUM` names another place. */
export const chromiumPath: string | null = places.find((place) => place !== "" && existsSync(place)) ?? null;

/** Whether browser tests run: where there is a Chromium, and always in CI, where its absence is a failure. */
export const runsBrowserTests: boolean = chromiumPath !== null || process.env["CI"] === "true";

/** How long Chromium may take until it answers on a busy machine, milliseconds. */
const START_WITHIN_MS = 150_000;

/** Starts Chromium without a window, and without whatever talks to its maker. */
export function launchChromium(): Promise<Browser> {
  if (chromiumPath === null) throw new Error("no Chromium here: install one, or name its path in CHROMIUM");
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    timeout: START_WITHIN_MS,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
