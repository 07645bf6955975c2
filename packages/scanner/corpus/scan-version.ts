import type { Check } from "../src/check.ts";
import { startBy } from "../src/cli/start-client.ts";
import type { ClientCheck } from "../src/reverse/client-check.ts";
import { defaultClientSettings } from "../src/reverse/client-settings.ts";
import { runClientScan } from "../src/reverse/run-client-scan.ts";
import type { Report } from "../src/report.ts";
import { runScan } from "../src/run-scan.ts";
import { defaultSettings } from "../src/scan-settings.ts";
import { parseTargetUrl, resolveTarget } from "../src/target.ts";
import type { CorpusPair, Verdict } from "./pair.ts";
import { startVersion } from "./start-version.ts";

/** What the scan said of one version. */
export interface VersionResult {
  readonly version: string;
  readonly said: Verdict;
  /** The detail of the finding, or the reason. */
  readonly words: string;
}

/** Starts and scans one version of a pair by its check, when it is installed. What cannot be done is `not tested`, with the reason. */
export async function scanVersion(
  pair: CorpusPair,
  version: string,
  { check, installed }: { readonly check: Check | ClientCheck; readonly installed: Promise<string> },
): Promise<VersionResult> {
  try {
    if (isOfClients(check)) return { version, ...saidOf(await testClient(check, await installed)) };
    const running = await startVersion(pair, await installed);
    try {
      return { version, ...saidOf(await scan(pair, check, running.url)) };
    } finally {
      await running.stop();
    }
  } catch (error) {
    return { version, said: "not tested", words: String(error).slice(0, 300) };
  }
}

function isOfClients(check: Check | ClientCheck): check is ClientCheck {
  return check.group === "client";
}

function testClient(check: ClientCheck, folder: string): Promise<Report> {
  return runClientScan({
    address: { host: "127.0.0.1", port: 0 },
    checks: [check],
    scanner: "corpus",
    settings: defaultClientSettings,
    start: startBy([process.execPath, "server.cjs", "{url}"], folder),
  });
}

async function scan(pair: CorpusPair, check: Check, url: string): Promise<Report> {
  return runScan({
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
}

function saidOf(report: Report): Omit<VersionResult, "version"> {
  const [finding] = report.findings;
  if (finding !== undefined) return { said: "found", words: finding.detail };
  const [untested] = report.notTested;
  if (untested !== undefined) return { said: "not tested", words: untested.reason };
  return { said: "clean", words: (report.passed[0] ?? report.notApplicable[0])?.reason ?? "" };
}
