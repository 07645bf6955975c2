import { styleText } from "node:util";
import type { Finding, Remark, Report } from "../report.ts";
import type { Severity } from "../severity.ts";
import { severities } from "../severity.ts";
import { discoveryLines } from "./discovery-lines.ts";
import { checklistText, projectText } from "./project-text.ts";
import { normalOf, subjectOf } from "./normal-of.ts";
import { remediesOf } from "./remedies-of.ts";
import type { FormatOptions, ReportFormat } from "./report-format.ts";

type Style = Parameters<typeof styleText>[0];
/** Text in a colour, where colours are shown. */
export type Paint = (style: Style, text: string) => string;

const STYLES: Readonly<Record<Severity, Style>> = {
  critical: ["bold", "red"],
  high: "red",
  medium: "yellow",
  low: "cyan",
  info: "dim",
};

/** The report for whoever sits at a terminal: the worst first, and what to do. */
export const text: ReportFormat = {
  name: "text",
  render(report, { colour }: FormatOptions) {
    const paint: Paint = (style, of) => (colour ? styleText(style, of, { validateStream: false }) : of);
    const parts = [
      head(report, paint),
      projectText(report),
      ...report.findings.map((finding) => describe(finding, paint)),
      list("Not tested, and so not known to be safe", report.notTested, {
        paint,
        known: problemOfAll(report),
      }),
      list("Does not apply", report.notApplicable, { paint }),
      list("Passed", report.passed, { paint }),
      checklistText(report, paint),
      summary(report, paint),
    ];
    return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
  },
};

function head(report: Report, paint: Paint): string {
  const { control, endedEarly, target, discovery, browser, endpoints = [] } = report;
  const early = endedEarly === null ? [] : [paint("red", `The scan ended early: ${endedEarly}.`)];
  if (control === null) return [paint("bold", target), ...early].join("\n");
  const found = discoveryLines({
    ...(discovery === undefined ? {} : { discovery }),
    ...(browser === undefined ? {} : { browser }),
  });
  const normals =
    endpoints.length > 0
      ? endpoints.map((each) => `${subjectOf(each)}: ${normalOf({}, each.control)}`)
      : [normalOf(report, control)];
  const name = endpoints.length > 0 ? target : subjectOf(report);
  return [paint("bold", name), ...found, ...normals, ...early].join("\n");
}

function describe(
  { severity, title, check, confidence, detail, evidence, ...finding }: Finding,
  paint: Paint,
): string {
  const remedies = remediesOf(finding.remedy).map(
    ({ where, code }) => `    ${paint("dim", `${where}:`)} ${code.replaceAll("\n", "\n      ")}`,
  );
  const exchanges = evidence.flatMap(({ about, lines }) => [
    `    ${about}`,
    ...lines.map((line) => `      ${paint("dim", line)}`),
  ]);
  return [
    `${paint(STYLES[severity], severity.toUpperCase())} ${paint("bold", title)} ${paint("dim", `[${check}, ${confidence}]`)}`,
    `  ${detail}`,
    ...(finding.endpoint === undefined ? [] : [`  At ${finding.endpoint}`]),
    ...(finding.place === undefined ? [] : [`  At ${finding.place.file}:${finding.place.line}`]),
    ...(finding.accepted === undefined ? [] : [`  Accepted: ${finding.accepted}`]),
    "  Seen:",
    ...exchanges,
    `  To mend it: ${finding.remedy.summary}`,
    ...remedies,
    `  To see it again: ${finding.reproduce}`,
  ].join("\n");
}

interface ListOptions {
  readonly paint: Paint;
  /** A reason that was given already: checks that have it are counted, and not named. */
  readonly known?: string | null;
}

/** What kept every check of the one endpoint from being tried: its head says so. */
function problemOfAll({ control, endpoints = [] }: Report): string | null {
  return control === null || control.isUsable || endpoints.length > 0 ? null : control.problem;
}

function list(title: string, remarks: readonly Remark[], { paint, known = null }: ListOptions): string {
  if (remarks.length === 0) return "";
  const byReason = Map.groupBy(remarks, ({ reason }) => reason);
  const lines = [...byReason].map(([reason, alike]) => {
    const names =
      reason === known
        ? `${alike.length} checks`
        : alike.map(({ check, endpoint }) => namedAt(check, endpoint)).join(", ");
    return `  ${names}${reason === "" ? "" : paint("dim", `: ${reason}`)}`;
  });
  return [paint("bold", `${title} (${remarks.length})`), ...lines].join("\n");
}

/** A check, and the endpoint's path where there is more than one endpoint. */
function namedAt(check: string, endpoint: string | undefined): string {
  return endpoint === undefined ? check : `${check} (${new URL(endpoint).pathname})`;
}

function summary(
  { findings, passed, notTested, durationMs, connections, control }: Report,
  paint: Paint,
): string {
  const open = findings.filter(({ accepted }) => accepted === undefined);
  const accepted = findings.length - open.length;
  const counts = severities
    .toReversed()
    .map((severity) => ({ severity, count: open.filter((each) => each.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => paint(STYLES[severity], `${count} ${severity}`));
  const found = counts.length === 0 ? "no findings" : counts.join(", ");
  const seconds = (durationMs / 1000).toFixed(1);
  const known = accepted === 0 ? "" : `; ${accepted} accepted`;
  return `${found}${known}; ${passed.length} passed, ${notTested.length} not tested; ${control === null ? "" : `${connections} connection${connections === 1 ? "" : "s"} `}in ${seconds} s`;
}
