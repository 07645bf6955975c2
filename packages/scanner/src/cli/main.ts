import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { applyBaseline, type Baseline } from "../baseline.ts";
import { builtInChecks } from "../checks/built-in-checks.ts";
import type { Check } from "../check.ts";
import { problemOf } from "../problem-of.ts";
import type { ScanReport } from "../report.ts";
import { runScan, type ScanParts } from "../run-scan.ts";
import type { ScanSettings } from "../scan-settings.ts";
import { mergeReports } from "../merge-reports.ts";
import { parseTargetUrl } from "../target.ts";
import { auditCommand, isAuditing } from "./audit-command.ts";
import { findScope, type Scope } from "./find-scope.ts";
import { finishScan, prepareReport } from "./finish-scan.ts";
import { isListening, listenCommand } from "./listen-command.ts";
import { progressLine } from "./progress-line.ts";
import { renderDiscovery } from "./render-discovery.ts";
import { renderPlan } from "./render-plan.ts";
import { runProgram } from "./run-program.ts";
import { addScanFlags, type ScanFlags } from "./scan-flags.ts";
import { selectChecks } from "./select-checks.ts";
import { settingsOf } from "./settings-of.ts";
import { UsageError } from "../usage-error.ts";
import { exitCodes, processTerminal, type Surroundings, type Terminal } from "./terminal.ts";

const EXAMPLES = `
Examples:
  sallyport-scan wss://app.example.com/chat
  sallyport-scan --cookie 'session=…' --origin https://app.example.com wss://ws.example.com/chat
  sallyport-scan --ticket --cookie 'session=…' wss://app.example.com/chat
  sallyport-scan --format json --output report.json --fail-on high ws://127.0.0.1:3000/
  sallyport-scan --format html --output report.html --baseline accepted.json wss://app.example.com/chat
  sallyport-scan --browser --storage-state login.json https://app.example.com/
  sallyport-scan --plan wss://app.example.com/chat
  sallyport-scan --dependencies                     a project's WebSocket libraries, by its lockfiles
  sallyport-scan --project . wss://app.example.com/chat
  sallyport-scan --listen --client-command 'node my-client.js {url}'

Scan only what you may: every check sends what an attacker might. Exit codes: 0 done, 1 found something at or above --fail-on,
2 usage, 3 could not reach the target, or lost it before the scan was done.
`;

/** Runs the command line `sallyport-scan ARGS…`; answers its exit code. Never exits the process. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  let code: number = exitCodes.done;
  const version = await readVersion();
  if (isAuditing(argv)) return auditCommand(argv, { terminal, version });
  if (isListening(argv)) return listenCommand(argv, { terminal, version });
  const program = addScanFlags(new Command("sallyport-scan"))
    .description("Audits a WebSocket endpoint from outside, by what it does.")
    .version(version, "-V, --version", "print the version")
    .addHelpText("after", EXAMPLES)
    .action(async (url: string, flags: ScanFlags) => {
      code = await scan(url, flags, { terminal, version });
    });
  return (await runProgram(program, argv, terminal)) ?? code;
}

type ScanAllParts = Pick<ScanParts, "checks" | "scanner"> & {
  readonly onProgress: ReturnType<typeof progressLine>;
};

async function scan(text: string, flags: ScanFlags, { terminal, version }: Surroundings): Promise<number> {
  const say = (problem: unknown, code: number): number => {
    terminal.err(`sallyport-scan: ${problemOf(problem)}\n`);
    return code;
  };
  let url: URL;
  let checks: readonly Check[];
  let settings: ScanSettings;
  let baseline: Baseline;
  try {
    url = parseTargetUrl(text);
    checks = selectChecks(builtInChecks, flags);
    settings = settingsOf(flags, version);
    baseline = await prepareReport(flags);
  } catch (error) {
    return say(error, exitCodes.usage);
  }
  if (flags.discoverOnly && !["text", "json"].includes(flags.format))
    return say("--discover-only writes text or JSON", exitCodes.usage);
  if (flags.plan) {
    terminal.out(
      renderPlan(checks, { ...flags, isPage: /^https?:/i.test(text), hasTickets: settings.ticket !== null }),
    );
    return exitCodes.done;
  }
  let scope: Scope;
  try {
    scope = await findScope(text, flags, settings);
  } catch (error) {
    return say(error, error instanceof UsageError ? exitCodes.usage : exitCodes.unreachable);
  }
  if (flags.discoverOnly) {
    terminal.out(renderDiscovery(scope, flags.format));
    return exitCodes.done;
  }
  const elsewhere = scope.scanned.find(
    ({ target }) => !target.isLoopback && flags.confirm !== target.url.host,
  );
  if (flags.destructive && elsewhere !== undefined)
    return say(
      `--destructive elsewhere than on loopback needs --confirm ${elsewhere.target.url.host}`,
      exitCodes.usage,
    );
  const scanner = `sallyport-scan ${version}`;
  const scanned = await scanAll(scope, { checks, scanner, onProgress: progressLine(terminal) });
  const merged = mergeReports(`${new URL(text).origin}${url.pathname}`, scanned, scope.extras);
  return finishScan(applyBaseline(merged, baseline), flags, terminal);
}

/** One endpoint after the other: what measures time is alone with its target. */
async function scanAll(
  { scanned: [first, ...others] }: Scope,
  { onProgress, ...parts }: ScanAllParts,
): Promise<[ScanReport, ...ScanReport[]]> {
  const reports: [ScanReport, ...ScanReport[]] = [await runScan({ ...first, ...parts, onProgress })];
  for (const other of others) reports.push(await runScan({ ...other, ...parts, onProgress }));
  onProgress("over");
  return reports;
}

async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "";
}
