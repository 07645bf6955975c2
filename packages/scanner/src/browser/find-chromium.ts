import { existsSync } from "node:fs";
import { UsageError } from "../usage-error.ts";

/** Where systems and installers put a Chromium, or a browser that is made of it. */
export const chromiumPlaces: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/microsoft-edge",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
  String.raw`C:\Program Files (x86)\Google\Chrome\Application\chrome.exe`,
  String.raw`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`,
];

/** The Chromium to use: the one that was named, or the first of the usual places. Throws an error that says what to do where there is none. */
export function findChromium(named: string | null, places: readonly string[] = chromiumPlaces): string {
  const found = (named === null ? places : [named]).find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new UsageError(
    named === null
      ? "--browser needs Chromium, and there is none at the usual places: install one, or name its path with --browser-path"
      : `--browser-path ${JSON.stringify(named)}: there is no such file`,
  );
}
