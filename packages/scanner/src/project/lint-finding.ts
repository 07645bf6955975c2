import { cvssOfSeverity } from "../cvss-of-severity.ts";
import { memberOf, textOf } from "../dependencies/record-of.ts";
import { printable } from "../printable.ts";
import type { Finding } from "../report.ts";
import { severities } from "../severity.ts";

/** What a linter says of a line. */
export interface LintMessage {
  /** The rule's name, without that of the plugin. */
  readonly rule: string;
  readonly message: string;
  /** From the project's folder, with `/`. */
  readonly file: string;
  readonly line: number;
}

/** A finding of what a linter says; what is said of the rule is the plugin's (`meta.docs`). */
export function lintFinding({ rule, message, file, line }: LintMessage, plugin: unknown): Finding {
  const docs = memberOf(memberOf(memberOf(memberOf(plugin, "rules"), rule), "meta"), "docs");
  const severity = severities.find((each) => each === textOf(docs, "severity")) ?? "medium";
  const cwe = memberOf(docs, "cwe");
  const description = textOf(docs, "description") ?? rule;
  const url = textOf(docs, "url");
  return {
    check: `lint-${rule}`,
    group: "code",
    severity,
    cvss: cvssOfSeverity(severity),
    confidence: "firm",
    title: printable(description),
    detail: printable(message, 1000),
    evidence: [{ about: `sallyport/${rule}`, lines: [`- ${printable(file)}:${line}`] }],
    reproduce: `npx eslint ${printable(file)}`,
    remedy: { summary: `See the rule's page${url === undefined ? "" : `: ${printable(url)}`}.` },
    references: { cwe: (Array.isArray(cwe) ? cwe : [cwe]).filter((each) => typeof each === "number") },
    subject: file,
    place: { file, line },
  };
}
