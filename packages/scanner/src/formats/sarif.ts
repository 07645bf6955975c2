import { createHash } from "node:crypto";
import { cvssScore } from "../cvss-score.ts";
import type { Finding, Remark, Report } from "../report.ts";
import type { Severity } from "../severity.ts";
import { referencesOf } from "./references-of.ts";
import { remediesOf } from "./remedies-of.ts";
import type { ReportFormat } from "./report-format.ts";

const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
};
const PRECISIONS: Readonly<Record<Finding["confidence"], string>> = {
  certain: "very-high",
  firm: "high",
  tentative: "medium",
};

/**
 * A log of SARIF 2.1.0 (OASIS), as code scanning takes it: the score of each rule, and a place in each result. What passed is left out, since
 * uploads would take it for an alert; what was not tested is a notification of the run.
 */
export const sarif: ReportFormat = {
  name: "sarif",
  render: (report) =>
    `${JSON.stringify(
      {
        $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [runOf(report)],
      },
      null,
      2,
    )}\n`,
};

function runOf(report: Report): object {
  const { findings, scanner, startedAt, durationMs } = report;
  const rules = [...new Map(findings.map((finding) => [finding.check, finding])).values()];
  const ids = rules.map(({ check }) => check);
  const [name = scanner, version] = scanner.split(" ");
  return {
    tool: {
      driver: {
        name,
        ...(version === undefined ? {} : { version, semanticVersion: version }),
        rules: rules.map(ruleOf),
        notifications: [...new Set(report.notTested.map(({ check }) => check))].map((id) => ({ id })),
      },
    },
    invocations: [
      {
        executionSuccessful: report.isReached && report.endedEarly === null,
        startTimeUtc: startedAt,
        endTimeUtc: new Date(Date.parse(startedAt) + durationMs).toISOString(),
        toolExecutionNotifications: report.notTested.map(notificationOf),
      },
    ],
    results: findings.map((finding) =>
      resultOf(finding, ids.indexOf(finding.check), finding.endpoint ?? report.target),
    ),
  };
}

function ruleOf({ check, title, severity, cvss, confidence, group, remedy, references }: Finding): object {
  const links = referencesOf(references);
  const lines = remediesOf(remedy);
  const text = [remedy.summary, ...lines.map(({ where, code }) => `${where}: ${code}`)].join("\n");
  const markdown = [
    remedy.summary,
    ...lines.map(({ where, code }) => `${where}:\n\n${fenced(code)}`),
    links.map(({ name, url }) => `- [${name}](${url})`).join("\n"),
  ].join("\n\n");
  return {
    id: check,
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${remedy.summary}` },
    help: { text, markdown },
    ...(links[0] === undefined ? {} : { helpUri: links[0].url }),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: ["security", "websocket", group, ...references.cwe.map((number) => `external/cwe/cwe-${number}`)],
      precision: PRECISIONS[confidence],
      "problem.severity": LEVELS[severity] === "note" ? "recommendation" : LEVELS[severity],
      "security-severity": cvssScore(cvss).toFixed(1),
    },
  };
}

function resultOf(finding: Finding, ruleIndex: number, target: string): object {
  const { check, endpoint, severity, detail, evidence, reproduce, cvss, confidence, accepted } = finding;
  return {
    ruleId: check,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: detail },
    locations: [placeOf(finding, target)],
    partialFingerprints: {
      "sallyportScan/v1": createHash("sha256")
        .update([check, finding.subject ?? detail, ...(endpoint === undefined ? [] : [endpoint])].join("\n"))
        .digest("hex")
        .slice(0, 32),
    },
    ...(accepted === undefined
      ? {}
      : { suppressions: [{ kind: "external", status: "accepted", justification: accepted }] }),
    properties: { severity, cvss, confidence, evidence, reproduce },
  };
}

/** Where it is: in a file of the project, or at the endpoint. */
function placeOf({ place }: Finding, target: string): object {
  if (place !== undefined)
    return {
      physicalLocation: {
        artifactLocation: { uri: place.file.split("/").map(encodeURIComponent).join("/") },
        region: { startLine: place.line },
      },
    };
  return {
    physicalLocation: { artifactLocation: { uri: pathOf(target) }, region: { startLine: 1 } },
    logicalLocations: [{ fullyQualifiedName: target, kind: "endpoint" }],
  };
}

function notificationOf({ check, reason, endpoint }: Remark): object {
  return {
    descriptor: { id: check },
    level: "warning",
    message: { text: `${check} was not tested${endpoint === undefined ? "" : ` at ${endpoint}`}: ${reason}` },
  };
}

/** Uploads want a path within a repository: the endpoint as one, such as `wss/app.example.com/chat`. */
function pathOf(target: string): string {
  const { protocol, host, pathname } = new URL(target);
  return `${protocol.slice(0, -1)}/${encodeURIComponent(host)}${pathname}`.replace(/\/$/, "");
}

/** A fence that is longer than any run of backticks in the code. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${code}\n${fence}`;
}
