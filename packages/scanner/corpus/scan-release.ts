import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { runScan } from "../src/run-scan.ts";
import { defaultSettings } from "../src/scan-settings.ts";
import { parseTargetUrl, resolveTarget } from "../src/target.ts";
import { installVersion } from "./install-version.ts";
import type { CurrentRelease } from "./release.ts";
import { startVersion } from "./start-version.ts";

/** What a whole scan said of a current release. */
export interface ReleaseResult {
  readonly release: CurrentRelease;
  readonly version: string;
  /** Checks that found something, and what. */
  readonly findings: readonly (readonly [check: string, severity: string, detail: string])[];
  readonly passed: number;
  readonly notTested: readonly string[];
  /** Why the scan was not done; null where it was: nothing is said of such a release. */
  readonly endedEarly: string | null;
  readonly seconds: number;
}

/** Installs and starts a release, and scans it as `sallyport-scan URL` does. Rejects where it does not start. */
export async function scanRelease(release: CurrentRelease, parent: string): Promise<ReleaseResult> {
  const { version = "latest", subprotocols = [] } = release;
  const pair = { ...release, advisory: "", vulnerable: version, fixed: version, check: "" };
  const folder = await installVersion(pair, version, parent);
  const manifest: { readonly version: string } = JSON.parse(
    await readFile(join(folder, "node_modules", release.package, "package.json"), "utf8"),
  );
  const running = await startVersion(pair, folder);
  try {
    const report = await runScan({
      target: await resolveTarget(parseTargetUrl(running.url)),
      checks: builtInChecks,
      scanner: "corpus",
      settings: { ...defaultSettings, subprotocols },
    });
    return {
      release,
      version: manifest.version,
      findings: report.findings.map(({ check, severity, detail }) => [check, severity, detail]),
      passed: report.passed.length,
      notTested: report.notTested.map(({ check, reason }) => `${check}: ${reason}`),
      endedEarly: report.endedEarly,
      seconds: Math.round(report.durationMs / 1000),
    };
  } finally {
    await running.stop();
  }
}
