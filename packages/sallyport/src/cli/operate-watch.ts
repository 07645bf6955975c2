import { asList, asMapping, type RawMapping } from "../policy/raw-config.ts";
import { askAdmin, reportAdminFailure } from "./admin-client.ts";
import type { OperateOptions } from "./operate.ts";
import { jsonLine, renderTable, shown } from "./table.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** What `watch list` takes. */
export interface ListFindingsOptions extends OperateOptions {
  /** Findings at most; the gate's default is 100, and its most 1,000. */
  readonly limit?: string;
  /** Where the page before ended. */
  readonly cursor?: string;
}

const HEADS = ["TIME", "INCIDENT", "DETECTOR", "SEVERITY", "ABOUT", "WHAT", "DONE"];

/** `sallyport watch list`: what the watch found and what was done about it, the newest first. */
export async function listFindings(options: ListFindingsOptions, terminal: Terminal): Promise<number> {
  const { limit, cursor } = options;
  const query = new URLSearchParams({
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const answer = await askAdmin(options, { method: "GET", path: `/findings?${query.toString()}` });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  if (options.json) {
    terminal.out(jsonLine(answer.body));
    return exitCodes.done;
  }
  const { findings, kept, next } = answer.body;
  const rows = asList(findings).map((finding) => rowOf(asMapping(finding) ?? {}));
  terminal.out(renderTable(HEADS, rows, terminal));
  // Not among the rows, which may be read by another program.
  if (typeof next === "number")
    terminal.err(`${rows.length} of ${shown(kept)}; for the next: --cursor ${shown(next)}\n`);
  return exitCodes.done;
}

function rowOf(finding: RawMapping): readonly unknown[] {
  const { at, incident, detector, severity, subject, sentence } = finding;
  const { kind, value } = asMapping(subject) ?? {};
  return [at, incident, detector, severity, `${shown(kind)} ${shown(value)}`, sentence, doneOf(finding)];
}

/** Such as `ban: 203.0.113.7/32 is banned until …`. */
function doneOf({ answer, outcome, detail, undoneAt }: RawMapping): string {
  const what = detail === "" ? shown(answer) : `${shown(answer)}: ${shown(detail)}`;
  const how = outcome === "done" ? what : `${shown(outcome)}, ${what}`;
  return undoneAt === null ? how : `${how}; taken back ${shown(undoneAt)}`;
}

/** `sallyport watch status`: the detectors and rules at work, what they have told, and which routes they still learn. */
export async function watchStatus(options: OperateOptions, terminal: Terminal): Promise<number> {
  const answer = await askAdmin(options, { method: "GET", path: "/watch" });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  if (options.json) {
    terminal.out(jsonLine(answer.body));
    return exitCodes.done;
  }
  const { mode, detectors, warnings } = answer.body;
  terminal.out(`watch ${shown(mode)}\n`);
  const rows = asList(detectors).map((detector) => statusRow(asMapping(detector) ?? {}));
  if (rows.length > 0) terminal.out(renderTable(STATUS_HEADS, rows, terminal));
  for (const warning of asList(warnings)) terminal.err(`warning ${shown(warning)}\n`);
  return exitCodes.done;
}

const STATUS_HEADS = ["DETECTOR", "TOLD", "AGAIN", "LEFT OUT", "KEYS", "STILL LEARNS"];

function statusRow({ name, told, repeated, leftOut, size, learning }: RawMapping): readonly unknown[] {
  const routes = asList(learning).map((route) => asMapping(route) ?? {});
  const unlearnt = routes.filter(({ learnt }) => learnt !== true).map(({ route }) => shown(route));
  return [name, told, repeated, leftOut, size, unlearnt.join(", ")];
}

/** `sallyport watch undo INCIDENT`: lifts the ban, slow-down or demand of a finding. */
export async function undoFinding(
  incident: string,
  options: OperateOptions,
  terminal: Terminal,
): Promise<number> {
  const path = `/findings/${encodeURIComponent(incident)}/undo`;
  const answer = await askAdmin(options, { method: "POST", path });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  const { lifted, already } = answer.body;
  const what = asList(lifted).map(shown).join(", ");
  const said =
    already === true
      ? `${incident} was taken back before\n`
      : what === ""
        ? `${incident} is taken back; nothing of it was in force any more\n`
        : `${incident} is taken back: lifted ${what}\n`;
  terminal.out(options.json ? jsonLine(answer.body) : said);
  return exitCodes.done;
}
