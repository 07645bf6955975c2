import { readFile } from "node:fs/promises";
import { Command, CommanderError } from "commander";
import { applyBaseline, type Baseline } from "../baseline.ts";
import { builtInChecks } from "../checks/built-in-checks.ts";
import type { Check } from "../check.ts";
import { problemOf } from "../problem-of.ts";
import { runScan } from "../run-scan.ts";
import type { ScanSettings } from "../scan-settings.ts";
import { parseTargetUrl, resolveTarget, type Target } from "../target.ts";
import { auditCommand, isAuditing } from "./audit-command.ts";
import { finishScan, readBaseline } from "./finish-scan.ts";
import { isListening, listenCommand } from "./listen-command.ts";
import { progressLine } from "./progress-line.ts";
import { renderPlan } from "./render-plan.ts";
import { addScanFlags, type ScanFlags } from "./scan-flags.ts";
import { selectChecks } from "./select-checks.ts";
import { settingsOf } from "./settings-of.ts";
import { exitCodes, processTerminal, type Terminal } from "./terminal.ts";

const EXAMPLES = `
Examples:
  sallyport-scan wss://app.example.com/chat
  sallyport-scan --cookie 'session=…' --origin https://app.example.com wss://ws.example.com/chat
  sallyport-scan --format json --output report.json --fail-on high ws://127.0.0.1:3000/
  sallyport-scan --format html --output report.html --baseline accepted.json wss://app.example.com/chat
  sallyport-scan --plan wss://app.example.com/chat
  sallyport-scan --dependencies                     a project's WebSocket libraries, by its lockfiles
  sallyport-scan --project . wss://app.example.com/chat
  sallyport-scan --listen --client-command 'node my-client.js {url}'

Scan only what you may: every check sends what an attacker might. Exit codes: 0 done, 1 found something at or above --fail-on,
2 usage, 3 could not reach the target.
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
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      getOutHasColors: () => terminal.colour,
    })
    .action(async (url: string, flags: ScanFlags) => {
      code = await scan(url, flags, { terminal, version });
    });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    return cause.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}

interface Surroundings {
  readonly terminal: Terminal;
  readonly version: string;
}

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
    baseline = await readBaseline(flags);
  } catch (error) {
    return say(error, exitCodes.usage);
  }
  if (flags.plan) {
    terminal.out(renderPlan(checks, flags.destructive));
    return exitCodes.done;
  }
  let target: Target;
  try {
    target = await resolveTarget(url);
  } catch (error) {
    return say(error, exitCodes.unreachable);
  }
  if (flags.destructive && !target.isLoopback && flags.confirm !== url.host)
    return say(`--destructive elsewhere than on loopback needs --confirm ${url.host}`, exitCodes.usage);
  const show = progressLine(terminal);
  const scanned = await runScan({
    target,
    settings,
    checks,
    scanner: `sallyport-scan ${version}`,
    onProgress: show,
  });
  show("over");
  return finishScan(applyBaseline(scanned, baseline), flags, terminal);
}

async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "";
}
