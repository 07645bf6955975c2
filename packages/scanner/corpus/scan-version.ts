import type { Check } from "../src/check.ts";
import { runScan } from "../src/run-scan.ts";
import { defaultSettings } from "../src/scan-settings.ts";
import { parseTargetUrl, resolveTarget } from "../src/target.ts";
import type { CorpusPair } from "./pair.ts";
import { startVersion } from "./start-version.ts";

/** What the scan said of one version. */
export interface VersionResult {
  readonly version: string;
  readonly said: "found" | "clean" | "not tested";
  /** The detail of the finding, or the reason. */
  readonly words: string;
}

/** Starts and scans one version of a pair by its check, when it is installed. What cannot be done is `not tested`, with the reason. */
export async function scanVersion(
  pair: CorpusPair,
  version: string,
  { check, installed }: { readonly check: Check; readonly installed: Promise<string> },
): Promise<VersionResult> {
  try {
    const running = await startVersion(pair, await installed);
    try {
      return { version, ...(await scan(pair, check, running.url)) };
    } finally {
      await running.stop();
    }
  } catch (error) {
    return { version, said: "not tested", words: String(error).slice(0, 300) };
  }
}

async function scan(pair: CorpusPair, check: Check, url: string): Promise<Omit<VersionResult, "version">> {
  const report = await runScan({
    target: await resolveTarget(parseTargetUrl(url)),
    checks: [check],
    scanner: "corpus",
    settings: {
      ...defaultSettings,
      subprotocols: pair.subprotocols ?? [],
      origin: pair.origin ?? null,
      destructive: pair.isDestructive ?? false,
    },
  });
  const [finding] = report.findings;
  if (finding !== undefined) return { said: "found", words: finding.detail };
  const [untested] = report.notTested;
  if (untested !== undefined) return { said: "not tested", words: untested.reason };
  return { said: "clean", words: (report.passed[0] ?? report.notApplicable[0])?.reason ?? "" };
}
