import type { Check } from "../src/check.ts";
import type { ScanReport } from "../src/report.ts";
import { runScan } from "../src/run-scan.ts";
import { defaultSettings, type ScanSettings } from "../src/scan-settings.ts";
import { parseTargetUrl, resolveTarget, type Target } from "../src/target.ts";
import type { Scene } from "./specimen.ts";

/**
 * Settings of tests: no pace, and little patience. What is decided by silence is decided after a turn of the target's besides, so that a slow
 * machine does not change it.
 */
export const quickSettings: ScanSettings = {
  ...defaultSettings,
  patienceMs: 150,
  // Whoever answers does so at once; on a machine that is busy, at once is long.
  handshakeMs: 15_000,
  idleMs: 400,
  pace: { perSecond: 100_000, connections: 5000, totalMs: 60_000 },
};

/** Scans a URL by some checks, quickly. */
export function scanUrl(
  url: string,
  checks: readonly Check[],
  settings: Partial<ScanSettings> = {},
): Promise<ScanReport> {
  return scanAs(url, {}, { checks, settings });
}

/** Starts a scene's server, scans it by some checks, and ends it. */
export async function scanScene(
  { start, settings, target, query = "" }: Scene,
  checks: readonly Check[],
): Promise<ScanReport> {
  const server = await start();
  try {
    const ofScene = typeof settings === "function" ? await settings(server) : settings;
    return await scanAs(`${server.url}${query}`, target ?? {}, { checks, settings: ofScene ?? {} });
  } finally {
    await server.close();
  }
}

async function scanAs(
  url: string,
  taken: Partial<Target>,
  { checks, settings }: { readonly checks: readonly Check[]; readonly settings: Partial<ScanSettings> },
): Promise<ScanReport> {
  const target = { ...(await resolveTarget(parseTargetUrl(url))), ...taken };
  return runScan({ target, checks, settings: { ...quickSettings, ...settings }, scanner: "test" });
}
