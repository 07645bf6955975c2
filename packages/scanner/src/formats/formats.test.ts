import { readFileSync } from "node:fs";

import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";

import { HOSTILE, sampleReport } from "../../test/sample-report.ts";
import { wellFormed } from "../../test/well-formed.ts";
import type { Report } from "../report.ts";
import { html } from "./html.ts";
import { junit } from "./junit.ts";
import { sarif } from "./sarif.ts";
import { text } from "./text.ts";

const plain = { colour: false };

interface SarifRun {
  readonly tool: {
    readonly driver: { readonly rules: { readonly id: string; readonly properties: object }[] };
  };
  readonly invocations: {
    readonly executionSuccessful: boolean;
    readonly toolExecutionNotifications: object[];
  }[];
  readonly results: {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly suppressions?: object[];
  }[];
}

function sarifOf(report: Report): { readonly log: unknown; readonly run: SarifRun } {
  const log: { runs: [SarifRun] } = JSON.parse(sarif.render(report, plain));
  return { log, run: log.runs[0] };
}

describe("sarif", () => {
  it("is valid by the schema of SARIF 2.1.0, whatever a target said", () => {
    const schema: object = JSON.parse(
      readFileSync(new URL("../../test/sarif/sarif.schema.json", import.meta.url), "utf8"),
    );
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(schema);
    const { log } = sarifOf(sampleReport);
    validate(log);
    expect(validate.errors).toBeNull();
    const broken = sarifOf({ ...sampleReport, findings: [], notTested: [], endedEarly: "it went down" });
    validate(broken.log);
    expect(validate.errors).toBeNull();
    expect(broken.run.invocations[0]?.executionSuccessful).toBe(false);
    expect(ajv.validate(schema, { version: "2.1.0" })).toBe(false);
  });

  it("gives what code scanning asks for: a score for each rule, a fingerprint and a place for each result", () => {
    const { run } = sarifOf(sampleReport);
    expect(run.tool.driver.rules.map(({ id, properties }) => [id, properties])).toEqual([
      [
        "accepts-foreign-origin",
        expect.objectContaining({
          "security-severity": "7.4",
          tags: ["security", "websocket", "origin", "external/cwe/cwe-1385"],
        }),
      ],
      ["no-message-rate-limit", expect.objectContaining({ "security-severity": "3.1" })],
    ]);
    expect(run.results).toEqual([
      expect.objectContaining({
        ruleId: "accepts-foreign-origin",
        ruleIndex: 0,
        level: "error",
        partialFingerprints: { "sallyportScan/v1": expect.stringMatching(/^[\da-f]{32}$/) },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "ws/127.0.0.1%3A3000/chat" },
              region: { startLine: 1 },
            },
            logicalLocations: [{ fullyQualifiedName: sampleReport.target, kind: "endpoint" }],
          },
        ],
      }),
      expect.objectContaining({ ruleIndex: 1, level: "note" }),
    ]);
    expect(run.results.map(({ suppressions }) => suppressions?.length ?? 0)).toEqual([0, 1]);
  });

  it("says what was not tested, and reports nothing that passed", () => {
    const { run } = sarifOf(sampleReport);
    expect(run.results.map(({ ruleId }) => ruleId)).not.toContain("accepts-unmasked-frame");
    expect(run.invocations[0]?.toolExecutionNotifications).toEqual([
      expect.objectContaining({ descriptor: { id: "no-authentication" }, level: "warning" }),
    ]);
  });
});

describe("junit", () => {
  it("is XML in which nothing of a target acts, a case for each check", () => {
    const { names, problems } = wellFormed(junit.render(sampleReport, plain));
    expect(problems).toEqual([]);
    const count = (name: string) => names.filter((each) => each === name).length;
    expect(["testsuite", "testcase", "failure", "skipped"].map(count)).toEqual([5, 5, 1, 3]);
  });

  it("counts what was not tested, and what is accepted, as skipped and never as passed", () => {
    const xml = junit.render(sampleReport, plain);
    expect(xml).toContain('tests="5" failures="1" errors="0" skipped="3" time="1.500"');
    expect(xml).toContain('<skipped message="not tested: ');
    expect(xml).toContain('<skipped message="accepted: known ');
  });
});

describe("html", () => {
  const page = html.render(sampleReport, plain);

  it("has no markup of a target, no script, and nothing that it loads", () => {
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<img");
    expect(page).not.toMatch(/\s(?:src|on[a-z]+|style)=["']/);
    expect(page.match(/<link|url\(|@import/g)).toBeNull();
    expect(page.match(/alert\(1\)/g)?.length).toBeGreaterThan(3);
    expect(page).toMatch(/content="default-src 'none'; style-src 'sha256-[\w+/]+=*'/);
  });

  it("shows each exchange by direction, what is accepted last, and what was not tested open", () => {
    expect(page).toContain('<span class="out">&gt; GET /chat HTTP/1.1</span>');
    expect(page.indexOf("known ")).toBeGreaterThan(page.indexOf('id="accepts-foreign-origin"'));
    expect(page).toContain("<details open><summary>Not tested, and so not known to be safe (1)</summary>");
    expect(page).toContain('href="https://www.rfc-editor.org/rfc/rfc6455.html#section-10.2"');
  });

  it("says so where nothing was found, and where the scan ended early or found no connection", () => {
    const control = { ...sampleReport.control, isUsable: false, problem: `refused <b>` };
    const empty = html.render(
      { ...sampleReport, control, findings: [], endedEarly: "it <went> down" },
      plain,
    );
    expect(empty).toContain("<p>None.</p>");
    expect(empty).toContain("it &lt;went&gt; down");
    expect(empty).toContain("There is no normal connection: refused &lt;b&gt;.");
  });
});

describe("text", () => {
  it("counts what is accepted apart", () => {
    const shown = text.render(sampleReport, plain);
    expect(shown).toContain(`  Accepted: known ${HOSTILE}`);
    expect(shown).toContain("1 high; 1 accepted; 1 passed, 1 not tested; 12 connections in 1.5 s\n");
  });

  it("names no checks where none could be tried", () => {
    const { control, notTested } = sampleReport;
    const problem = "no connection: connect ECONNREFUSED 127.0.0.1:1";
    const unreachable = {
      ...sampleReport,
      control: control === null ? null : { ...control, isUsable: false, problem },
      notTested: notTested.map((remark) => Object.assign({}, remark, { reason: problem })),
    };
    const shown = text.render(unreachable, plain);
    expect(shown).toContain(`There is no normal connection: ${problem}.`);
    expect(shown).toContain(`  ${notTested.length} checks: ${problem}\n`);
  });

  it("indents a remedy of several lines", () => {
    const findings = sampleReport.findings.map((finding) =>
      Object.assign({}, finding, {
        remedy: { summary: "Mend it.", sallyport: "dialect: mqtt\nticket: require" },
      }),
    );
    expect(text.render({ ...sampleReport, findings }, plain)).toContain(
      "    sallyport.yaml: dialect: mqtt\n      ticket: require\n",
    );
  });
});
