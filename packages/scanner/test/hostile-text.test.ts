import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it, onTestFinished } from "vitest";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { finishScan } from "../src/cli/finish-scan.ts";
import { builtInFormats } from "../src/formats/built-in-formats.ts";
import type { Report } from "../src/report.ts";
import { hostileCertificate } from "./hostile-certificate.ts";
import { actsIn, HOSTILE_TEXT } from "./hostile-text.ts";
import { runMain } from "./run-main.ts";
import { scanUrl } from "./scan-scene.ts";
import { type HostileDialect, startHostile } from "./start-hostile.ts";
import { wellFormed } from "./well-formed.ts";

/** Those that read what is said; those of limits send much and read little. */
const checks = builtInChecks.filter(({ group, isBackground = false }) => group !== "limits" && !isBackground);

/** What differs by what is spoken. */
const ofDialects = checks.filter(
  ({ id, group }) => group === "messages" || /^(?:discloses|polling|accepts-foreign-origin)/.test(id),
);

const sarif: object = JSON.parse(readFileSync(new URL("sarif/sarif.schema.json", import.meta.url), "utf8"));
const isSarif = new Ajv({ strict: false, validateFormats: false }).compile(sarif);

/** The formats in which the report acts, or is not what its format asks for. */
async function faultyFormats(report: Report): Promise<readonly string[]> {
  const faulty: string[] = [];
  for (const { name } of builtInFormats) {
    let text = "";
    const out = (more: string): void => void (text += more);
    await finishScan(
      report,
      { format: name, failOn: "low" },
      { out, err: out, colour: false, isWatched: false },
    );
    if (actsIn(name, text)) faulty.push(`${name} acts`);
    if (name === "junit") faulty.push(...wellFormed(text).problems);
    if (name === "sarif" && !isSarif(JSON.parse(text))) faulty.push("no SARIF");
  }
  return faulty;
}

describe("a report of a target that says what acts on terminals, in pages and in XML", () => {
  it.concurrent.for<[HostileDialect, string[]]>([
    ["text", ["sends-secrets", "discloses-stack-traces", "discloses-version", "weak-session-cookie"]],
    ["graphql", ["graphql-allows-introspection"]],
    ["json-rpc", ["json-rpc-lists-methods"]],
    ["socket.io", ["socket-io-any-namespace", "polling-reflects-origin"]],
    ["mqtt", ["mqtt-anonymous-session"]],
    ["vite", ["accepts-foreign-origin"]],
    ["refusals", ["discloses-in-refusal"]],
  ])("is safe to read in every format where it speaks %s", async ([dialect, expected], context) => {
    const server = await startHostile(dialect);
    context.onTestFinished(() => server.close());
    const url = dialect === "socket.io" ? `${server.url}socket.io/?EIO=4&transport=websocket` : server.url;
    const report = await scanUrl(url, dialect === "text" ? checks : ofDialects, { concurrency: 16 });
    context.expect(report.findings.map(({ check }) => check)).toEqual(expect.arrayContaining(expected));
    context.expect(JSON.stringify(report)).toContain("alert(1)");
    context.expect(await faultyFormats(report)).toEqual([]);
  });

  it("is safe to read where the names in the certificate are such", async () => {
    const server = await startHostile("text", hostileCertificate(HOSTILE_TEXT));
    onTestFinished(() => server.close());
    const report = await scanUrl(
      server.url,
      checks.filter(({ group }) => group === "transport"),
    );
    const shown = report.findings.find(({ check }) => check === "certificate-untrusted")?.evidence;
    expect(JSON.stringify(shown)).toContain("alert(1)");
    expect(await faultyFormats(report)).toEqual([]);
  });

  it("is safe to read where a page names such endpoints", async () => {
    const server = await startHostile("refusals");
    onTestFinished(() => server.close());
    const page = server.url.replace("ws:", "http:");
    const { code, out } = await runMain(
      "--only",
      "accepts-foreign-origin",
      "--rate",
      "1000",
      "--format",
      "json",
      page,
    );
    const report: Report = JSON.parse(out);
    expect(code).toBe(0);
    expect(report.discovery?.endpoints.map(({ url }) => decodeURI(url)).join()).toContain("alert(1)");
    expect(await faultyFormats(report)).toEqual([]);
  });
});
