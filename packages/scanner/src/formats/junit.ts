import { auditGroups, groups } from "../check.ts";
import type { Finding, Remark, Report } from "../report.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { remediesOf } from "./remedies-of.ts";
import type { ReportFormat } from "./report-format.ts";

interface Case {
  readonly group: string;
  /** How it went; a case counts as passed, failed or skipped. */
  readonly kind: "passed" | "failed" | "skipped";
  readonly xml: string;
}

/** JUnit's XML, as pipelines read it: a suite for each group, a case for each check. What was not tested is skipped, never passed. */
export const junit: ReportFormat = {
  name: "junit",
  render(report) {
    const cases = casesOf(report);
    const suites = [...auditGroups, ...groups]
      .map((group) => ({ group, cases: cases.filter((each) => each.group === group) }))
      .filter((suite) => suite.cases.length > 0);
    const attributes = `name="${escapeMarkup(`${report.scanner} ${report.target}`)}" ${counts(cases)} time="${seconds(report)}"`;
    const lines = suites.map((suite) =>
      [
        `  <testsuite name="${suite.group}" ${counts(suite.cases)} timestamp="${report.startedAt}">`,
        ...suite.cases.map(({ xml }) => xml),
        "  </testsuite>",
      ].join("\n"),
    );
    return `${['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites ${attributes}>`, ...lines, "</testsuites>"].join("\n")}\n`;
  },
};

function casesOf({ findings, passed, notTested, notApplicable }: Report): readonly Case[] {
  return [
    ...findings.map(findingCase),
    ...passed.map((remark) => remarkCase(remark, "passed", "")),
    ...notTested.map((remark) => remarkCase(remark, "skipped", `not tested: ${remark.reason}`)),
    ...notApplicable.map((remark) => remarkCase(remark, "skipped", `does not apply: ${remark.reason}`)),
  ];
}

function findingCase(finding: Finding): Case {
  const { group, severity, detail, accepted } = finding;
  if (accepted !== undefined)
    return remarkCase({ ...finding, reason: "" }, "skipped", `accepted: ${accepted}`);
  const failure = `      <failure type="${severity}" message="${escapeMarkup(detail)}">${escapeMarkup(describe(finding))}</failure>`;
  return { group, kind: "failed", xml: [opened(finding), failure, "    </testcase>"].join("\n") };
}

function remarkCase(remark: Remark, kind: "passed" | "skipped", message: string): Case {
  const { group } = remark;
  const start = opened(remark);
  if (kind === "passed") return { group, kind, xml: start.replace(/>$/, " />") };
  const skipped = `      <skipped message="${escapeMarkup(message)}" />`;
  return { group, kind, xml: [start, skipped, "    </testcase>"].join("\n") };
}

/** A case by its check, and by its endpoint where there are several: their cases would have one name. */
function opened({ check, group, title, endpoint }: Omit<Remark, "reason">): string {
  const name = `${check}: ${title}${endpoint === undefined ? "" : ` (${endpoint})`}`;
  return `    <testcase classname="sallyport-scan.${group}" name="${escapeMarkup(name)}">`;
}

function describe({ evidence, remedy, reproduce, cvss }: Finding): string {
  return [
    ...evidence.flatMap(({ about, lines }) => [about, ...lines.map((line) => `  ${line}`)]),
    `To mend it: ${remedy.summary}`,
    ...remediesOf(remedy).map(({ where, code }) => `${where}: ${code}`),
    `To see it again: ${reproduce}`,
    cvss,
  ].join("\n");
}

function counts(cases: readonly Case[]): string {
  const count = (kind: Case["kind"]): number => cases.filter((each) => each.kind === kind).length;
  return `tests="${cases.length}" failures="${count("failed")}" errors="0" skipped="${count("skipped")}"`;
}

function seconds({ durationMs }: Report): string {
  return (durationMs / 1000).toFixed(3);
}
