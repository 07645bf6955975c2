import type { Check } from "../src/check.ts";
import type { Report } from "../src/report.ts";
import { runScan } from "../src/run-scan.ts";
import { defaultSettings, type ScanSettings } from "../src/scan-settings.ts";
import { parseTargetUrl, resolveTarget } from "../src/target.ts";
import type { Scene } from "./specimen.ts";

/**
 * Settings of tests: no pace, and little patience. What is decided by silence is decided after a turn of the target's besides, so that a slow
 * machine does not change it.
 */
export const quickSettings: ScanSettings = {
  ...defaultSettings,
  patienceMs: 150,
  idleMs: 400,
  pace: { perSecond: 100_000, connections: 5000, totalMs: 60_000 },
};

/** Scans a URL by some checks, quickly. */
export async function scanUrl(
  url: string,
  checks: readonly Check[],
  settings: Partial<ScanSettings> = {},
): Promise<Report> {
  const target = await resolveTarget(parseTargetUrl(url));
  return runScan({ target, checks, settings: { ...quickSettings, ...settings }, scanner: "test" });
}

/** Starts a scene's server, scans it by some checks, and ends it. */
export async function scanScene({ start, settings }: Scene, checks: readonly Check[]): Promise<Report> {
  const server = await start();
  try {
    return await scanUrl(server.url, checks, settings);
  } finally {
    await server.close();
  }
}
