import { readFile, stat, writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { applyBaseline } from "../baseline.ts";
import { builtInChecks } from "../checks/built-in-checks.ts";
import { type Advisories, parseAdvisories, shippedAdvisories } from "../dependencies/advisories.ts";
import { lockfileNames } from "../dependencies/load-lockfiles.ts";
import { readOsvExport } from "../dependencies/osv-export.ts";
import { serializeAdvisories, updateAdvisories } from "../dependencies/update-advisories.ts";
import { problemOf } from "../problem-of.ts";
import { auditProject, type ProjectParts, reportDependencies } from "../project/audit-project.ts";
import type { Report } from "../report.ts";
import { runScan } from "../run-scan.ts";
import { parseTargetUrl, resolveTarget } from "../target.ts";
import { finishScan, prepareReport } from "./finish-scan.ts";
import { progressLine } from "./progress-line.ts";
import { runProgram } from "./run-program.ts";
import { addScanFlags, type ScanFlags } from "./scan-flags.ts";
import { selectChecks } from "./select-checks.ts";
import { settingsOf } from "./settings-of.ts";
import { exitCodes, type Surroundings } from "./terminal.ts";

const EXAMPLES = `
Examples:
  sallyport-scan --dependencies
  sallyport-scan --project . wss://staging.example.com/chat --format html --output audit.html
  sallyport-scan --update-advisories all.zip --output advisories.json
  sallyport-scan --dependencies . --advisories advisories.json --fail-on high
`;

/** The flags of an audit, as the user gave them. */
interface AuditFlags extends ScanFlags {
  readonly dependencies?: string | true;
  readonly project?: string | true;
  readonly advisories?: string;
  readonly updateAdvisories?: string;
}

/** An exit code, and what is said with it. */
class AuditError extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

const AUDITS = /^--(?:dependencies|project|update-advisories)(?:=|$)/;

/** Whether arguments ask for an audit of a project, and not for a scan of an endpoint alone. */
export function isAuditing(argv: readonly string[]): boolean {
  return argv.some((argument) => AUDITS.test(argument));
}

/** `sallyport-scan --dependencies|--project|--update-advisories …`; answers its exit code. */
export async function auditCommand(
  argv: readonly string[],
  { terminal, version }: Surroundings,
): Promise<number> {
  let code: number = exitCodes.done;
  const program = addScanFlags(new Command("sallyport-scan"), "[url]")
    .description("Audits a project: its libraries, its code, its policy and, with a URL, its endpoint.")
    .addOption(
      new Option("--dependencies [dir]", "look at the lockfiles of a folder alone (default: .)").conflicts(
        "project",
      ),
    )
    .option("--project [dir]", "look at everything: code, lockfiles, sallyport.yaml, and the endpoint")
    .option("--advisories <file>", "advisories in place of those that come with the package")
    .option(
      "--update-advisories <export>",
      "renew advisories by an export of OSV: a ZIP archive, a folder or a JSON file",
    )
    .version(version, "-V, --version", "print the version")
    .addHelpText("after", EXAMPLES)
    .action(async (url: string | undefined, flags: AuditFlags) => {
      code = await run(url, flags, { terminal, version });
    });
  try {
    return (await runProgram(program, argv, terminal)) ?? code;
  } catch (error) {
    terminal.err(`sallyport-scan: ${problemOf(error)}\n`);
    return error instanceof AuditError ? error.code : exitCodes.usage;
  }
}

async function run(url: string | undefined, flags: AuditFlags, around: Surroundings): Promise<number> {
  const { terminal } = around;
  const advisories = await loadAdvisories(flags);
  if (flags.updateAdvisories !== undefined)
    return await update(flags.updateAdvisories, flags, { ...around, advisories });
  const baseline = await prepareReport(flags);
  const { directory, endpoint } = placesOf(url, flags);
  const isFolder = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new Error(`${directory} is no folder`);
  const parts = { directory, advisories, scanner: `sallyport-scan ${around.version}`, now: new Date() };
  const report =
    flags.project === undefined
      ? refuseUnread(await reportDependencies(parts))
      : await auditProject({
          ...parts,
          node: process.execPath,
          scan: endpoint === null ? null : await scan(endpoint, flags, around),
        });
  return await finishScan(applyBaseline(report, baseline), flags, terminal);
}

const isUrl = (text: string): boolean => /^(?:wss?|https?):/.test(text);

/** A folder and a URL, in whichever way they were given. */
function placesOf(
  url: string | undefined,
  { dependencies, project }: AuditFlags,
): { readonly directory: string; readonly endpoint: string | null } {
  const given = project ?? dependencies;
  if (typeof given === "string" && isUrl(given)) {
    if (project === undefined) throw new Error("--dependencies takes a folder, and no URL");
    return { directory: url ?? ".", endpoint: given };
  }
  if (url !== undefined && project === undefined)
    throw new Error("--dependencies takes a folder, and no URL");
  return { directory: typeof given === "string" ? given : ".", endpoint: url ?? null };
}

/** Where lockfiles are all that is looked at, one that cannot be read is an error: nothing that is said about the rest would be whole. */
function refuseUnread(report: Report): Report {
  const { project, notTested } = report;
  if (project?.lockfiles.length === 0)
    throw new Error(notTested[0]?.reason ?? `there is no lockfile (${lockfileNames.join(", ")})`);
  return report;
}

async function loadAdvisories({ advisories }: AuditFlags): Promise<Advisories> {
  const file = advisories ?? shippedAdvisories;
  try {
    return parseAdvisories(await readFile(file, "utf8"));
  } catch (error) {
    throw new Error(
      `${advisories === undefined ? "the advisories of the package" : `--advisories ${advisories}`}: ${problemOf(error)}`,
      { cause: error },
    );
  }
}

async function update(
  source: string,
  { output }: AuditFlags,
  { terminal, advisories }: Surroundings & { readonly advisories: Advisories },
): Promise<number> {
  const {
    advisories: renewed,
    records,
    added,
    changed,
    withdrawn,
  } = await updateAdvisories(advisories, readOsvExport(source));
  const text = serializeAdvisories(renewed);
  if (output === undefined) terminal.out(text);
  else await writeFile(output, text);
  terminal.err(
    `${records} records: ${added} advisories added, ${changed} changed, ${withdrawn} withdrawn; of ${renewed.checked}\n`,
  );
  return exitCodes.done;
}

async function scan(
  text: string,
  flags: AuditFlags,
  { terminal, version }: Surroundings,
): Promise<ProjectParts["scan"]> {
  const url = parseTargetUrl(text);
  const checks = selectChecks(builtInChecks, flags);
  const settings = settingsOf(flags, version);
  const target = await resolveTarget(url);
  if (flags.destructive && !target.isLoopback && flags.confirm !== url.host)
    throw new Error(`--destructive elsewhere than on loopback needs --confirm ${url.host}`);
  const show = progressLine(terminal);
  const report = await runScan({
    target,
    settings,
    checks,
    scanner: `sallyport-scan ${version}`,
    onProgress: show,
  });
  show("over");
  return { report, isLoopback: target.isLoopback };
}
