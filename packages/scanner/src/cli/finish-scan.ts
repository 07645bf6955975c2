import { access, constants, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Baseline, parseBaseline } from "../baseline.ts";
import { builtInFormats } from "../formats/built-in-formats.ts";
import { problemOf } from "../problem-of.ts";
import type { Finding, Report } from "../report.ts";
import { isAtLeast, type Severity } from "../severity.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** The flags of what is done with a report. */
export interface ReportFlags {
  readonly format: string;
  readonly output?: string;
  readonly failOn: Severity;
  readonly baseline?: string;
}

/**
 * What is accepted, from the file of --baseline; nothing without it. Rejects with what is wrong with that file, or where --output could not
 * be written: before a scan, and not after it.
 */
export async function prepareReport({
  baseline,
  output,
}: Pick<ReportFlags, "baseline" | "output">): Promise<Baseline> {
  if (output !== undefined) {
    await access(dirname(output), constants.W_OK).catch((error: unknown) => {
      throw new Error(`--output ${output}: its folder cannot be written: ${problemOf(error)}`, {
        cause: error,
      });
    });
  }
  if (baseline === undefined) return [];
  try {
    return parseBaseline(await readFile(baseline, "utf8"));
  } catch (error) {
    throw new Error(`--baseline ${baseline}: ${problemOf(error)}`, { cause: error });
  }
}

/** Writes the report where the flags say; answers the exit code that it comes to. */
export async function finishScan(report: Report, flags: ReportFlags, terminal: Terminal): Promise<number> {
  const { format, output, failOn } = flags;
  const chosen = builtInFormats.find(({ name }) => name === format);
  const rendered = chosen?.render(report, { colour: terminal.colour && output === undefined }) ?? "";
  try {
    if (output === undefined) terminal.out(rendered);
    else await writeFile(output, rendered);
  } catch (error) {
    terminal.err(`sallyport-scan: ${problemOf(error)}\n`);
    return exitCodes.usage;
  }
  const counts = ({ severity, accepted }: Finding): boolean =>
    accepted === undefined && isAtLeast(severity, failOn);
  if (report.findings.some(counts)) return exitCodes.found;
  return report.isReached && report.isLost !== true ? exitCodes.done : exitCodes.unreachable;
}
