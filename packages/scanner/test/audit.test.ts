import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../src/cli/main.ts";
import { builtInFormats } from "../src/formats/built-in-formats.ts";
import { packageFolder } from "../src/project/resolve-tool.ts";
import { lintProject } from "../src/project/lint-project.ts";
import type { Report } from "../src/report.ts";
import { osvRecord } from "./osv-records.ts";
import { startWs } from "./start-ws.ts";

/** A rule in the form of the plugin's, which knows one word. */
const PLUGIN = `const rule = {
  meta: { type: "problem", docs: { description: "No word that is known", url: "https://example.com/no-word" }, messages: { word: "It says word" }, schema: [] },
  create: (context) => ({ Identifier(node) { if (node.name === "badOrigin") context.report({ node, messageId: "word" }); } }),
};
module.exports = {
  meta: { name: "sallyport" },
  rules: { "no-bad-origin": rule, "no-other": { ...rule, create: () => ({}) } },
  configs: { recommended: { rules: { "sallyport/no-bad-origin": "error", "sallyport/no-other": "error", "sallyport/no-off": "off" } } },
};
`;

/** What ESLint is to a program: a class that lints files. */
const ESLINT = `exports.ESLint = class {
  constructor({ cwd, overrideConfig }) { this.cwd = cwd; this.rules = Object.keys(overrideConfig[0].rules); }
  async lintFiles(files) {
    return files.map((file) => ({ filePath: require("node:path").join(this.cwd, file), messages: [{ ruleId: this.rules[0], message: "It says word", line: 2 }] }));
  }
};
`;

const LOCK = JSON.stringify({
  lockfileVersion: 3,
  packages: { "": { dependencies: { ws: "^8" } }, "node_modules/ws": { version: "8.20.1" } },
});

let directory: string;
/** Of the whole project, once: to run linter and gate takes its time. */
let whole: Report;

/** A report as JSON has it, in another format. */
const rendered = (name: string): string =>
  builtInFormats.find((format) => format.name === name)?.render(whole, { colour: false }) ?? "";

const write = (path: string, text: string): void => {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** Runs the command; what it wrote, and its exit code. */
async function run(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const written = { out: "", err: "" };
  const code = await main(args, {
    out: (text: string) => void (written.out += text),
    err: (text: string) => void (written.err += text),
    colour: false,
    isWatched: false,
  });
  return { code, ...written };
}

const reportOf = ({ out }: { readonly out: string }): Report => JSON.parse(out) as Report;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-project-"));
  write("package-lock.json", LOCK);
  write("server.js", "// A comment.\nbadOrigin();\n");
  write("typed.ts", "const badOrigin: number = 1;\nexport { badOrigin };\n");
  write("sallyport.yaml", "version: 1\nroutes: []\nnonsense: true\n");
  write(
    "node_modules/eslint-plugin-sallyport/package.json",
    '{ "name": "eslint-plugin-sallyport", "main": "plugin.cjs" }',
  );
  write("node_modules/eslint-plugin-sallyport/plugin.cjs", PLUGIN);
  write("node_modules/hidden/badly.js", "badOrigin();\n");
  write("node_modules/hidden/broken.mjs", "import nothing fom;\n");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("sallyport-scan --project", () => {
  it("is one report of code, libraries, policy and endpoint, with the requirements that they decide, in every format", async () => {
    const { url, close } = await startWs();
    const args = [
      "--project",
      directory,
      url,
      "--only",
      "accepts-foreign-origin",
      "--patience",
      "150",
      "--rate",
      "1000",
    ];
    const audited = await run(...args, "--format", "json");
    await close();
    const report = reportOf(audited);
    whole = report;
    expect([audited.code, audited.err]).toEqual([1, ""]);
    const found = report.findings.map(({ check, subject, place }) => [check, subject, place?.line]);
    expect(found).toEqual(
      expect.arrayContaining([
        ["lint-no-bad-origin", "server.js", 2],
        ["lint-no-bad-origin", "typed.ts", 1],
        ["vulnerable-dependency", "ws GHSA-96hv-2xvq-fx4p", 1],
        ["policy-problem", "sallyport.yaml nonsense", expect.any(Number)],
        ["accepts-foreign-origin", undefined, undefined],
      ]),
    );
    expect(found.filter(([, subject]) => subject?.toString().includes("hidden"))).toEqual([]);
    expect(report.project).toMatchObject({
      linted: { files: 2, by: "oxlint" },
      policies: ["sallyport.yaml"],
    });
    expect(report.passed.map(({ check }) => check)).toContain("lint-no-other");
    expect(report.notTested.filter(({ check }) => check === "lint")).toEqual([]);
    const state = (id: string) => report.checklist?.find(({ requirement }) => requirement === `v5.0.0-${id}`);
    expect(state("4.4.2")).toMatchObject({
      state: "not met",
      evidence: expect.arrayContaining([
        expect.stringContaining("[accepts-foreign-origin]"),
        expect.stringContaining("(server.js:2)"),
      ]),
    });
    expect(state("15.2.1")?.state).toBe("not met");
    // On loopback nobody can tell what users reach.
    expect(state("4.4.1")?.state).toBe("unknown");
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const schema: object = JSON.parse(
      readFileSync(new URL("./sarif/sarif.schema.json", import.meta.url), "utf8"),
    );
    ajv.validate(schema, JSON.parse(rendered("sarif")));
    expect(ajv.errors).toBeNull();
    expect(rendered("sarif")).toContain('"uri": "server.js"');
    expect(rendered("sarif")).toContain('"uri": "package-lock.json"');
    expect(rendered("junit")).toContain('<testsuite name="dependencies"');
  });

  it("lints by ESLint where there is no oxlint, and says which files it could not read", async () => {
    write("node_modules/oxlint/package.json", '{ "name": "oxlint" }');
    write("node_modules/eslint/package.json", '{ "name": "eslint" }');
    write("node_modules/eslint/lib/api.js", ESLINT);
    write("node_modules/@typescript-eslint/parser/package.json", '{ "main": "parser.cjs" }');
    write("node_modules/@typescript-eslint/parser/parser.cjs", "module.exports = {};");
    const typed = await lintProject(directory, process.execPath);
    expect(typed.linted).toEqual({ files: 2, by: "ESLint" });
    expect(typed.notTested).toEqual([]);
    expect(typed.findings.map(({ place }) => place)).toEqual([
      { file: "server.js", line: 2 },
      { file: "typed.ts", line: 2 },
    ]);
    rmSync(join(directory, "node_modules/@typescript-eslint"), { recursive: true });
    // Whether there is a parser for TypeScript beside the scanner depends on where that is installed.
    const isTyped = packageFolder(directory, "@typescript-eslint/parser") !== null;
    const untyped = await lintProject(directory, process.execPath);
    expect(untyped.linted).toEqual({ files: isTyped ? 2 : 1, by: "ESLint" });
    expect(untyped.notTested).toHaveLength(isTyped ? 0 : 1);
    for (const name of ["oxlint", "eslint"])
      rmSync(join(directory, "node_modules", name), { recursive: true });
  });

  it("says in words and as a page what was read, what is not met, and what cannot be told", () => {
    const words = rendered("text");
    expect(words).toContain("Read: package-lock.json (npm, version 3), 1 packages");
    expect(words).toContain("ws 8.20.1, direct (GHSA-96hv-2xvq-fx4p, CVE-2026-62389)");
    expect(words).toContain("CANNOT BE TOLD FROM HERE v5.0.0-16.3.1");
    expect(words).toContain("NOT MET v5.0.0-15.2.1 (level 1)");
    const page = rendered("html");
    expect(page).toContain("<title>Audit of ");
    expect(page).toMatch(
      /<details open class="high"><summary><span class="tone">not met<\/span> v5\.0\.0-15\.2\.1/,
    );
    expect(page.match(/id="vulnerable-dependency-ws-GHSA-96hv-2xvq-fx4p"/g)).toHaveLength(1);
  });

  it("is not tested where neither gate nor plugin can do their part, and fails nothing by that", async () => {
    const empty = mkdtempSync(join(tmpdir(), "sallyport-empty-"));
    writeFileSync(
      join(empty, "package-lock.json"),
      JSON.stringify({ lockfileVersion: 3, packages: { "": {} } }),
    );
    const broken = join(empty, "node_modules/eslint-plugin-sallyport");
    mkdirSync(broken, { recursive: true });
    writeFileSync(join(broken, "package.json"), "{}");
    const audited = await run("--project", empty, "--format", "json");
    const report = reportOf(audited);
    expect([audited.code, report.findings]).toEqual([0, []]);
    expect(report.notTested.map(({ check }) => check)).toEqual(["lint", "scan"]);
    expect(report.notApplicable.map(({ check }) => check)).toEqual(["policy-problem"]);
    expect(
      report.checklist?.filter(({ state }) => state === "met").map(({ requirement }) => requirement),
    ).toEqual(["v5.0.0-15.2.1"]);
    rmSync(empty, { recursive: true });
  });
});

describe("sallyport-scan --dependencies", () => {
  it("answers 1 for a known hole, and 0 once a baseline accepts it", async () => {
    const found = await run("--dependencies", directory, "--format", "json");
    expect([found.code, reportOf(found).findings.length]).toEqual([1, 2]);
    write("accepted.json", found.out);
    const accepted = await run("--dependencies", directory, "--baseline", join(directory, "accepted.json"));
    expect([accepted.code, accepted.out]).toEqual([0, expect.stringContaining("no findings; 2 accepted")]);
  });

  it.for([
    [["--dependencies", "/no/such/folder"], "/no/such/folder is no folder"],
    [["--dependencies", tmpdir(), "--advisories", "/no/such/file"], "--advisories /no/such/file"],
    [["--dependencies", "ws://127.0.0.1/"], "takes a folder, and no URL"],
    [["--dependencies", "--project"], "cannot be used with"],
    [["--project", ".", "ftp://127.0.0.1/"], "ftp: is not scanned"],
  ] as const)("answers 2 to %j", async ([args, problem]) => {
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(problem)]);
  });

  it("answers 2 where no lockfile could be read", async () => {
    const other = mkdtempSync(join(tmpdir(), "sallyport-broken-"));
    expect(await run("--dependencies", other)).toMatchObject({
      code: 2,
      err: expect.stringContaining("there is no lockfile"),
    });
    writeFileSync(join(other, "yarn.lock"), "nonsense");
    expect(await run("--dependencies", other)).toMatchObject({
      code: 2,
      err: expect.stringContaining("neither that it is of Yarn 1"),
    });
    rmSync(other, { recursive: true });
  });
});

describe("sallyport-scan --update-advisories", () => {
  it("renews what is known by an export, of which the next audit knows", async () => {
    write("osv/GHSA-aaaa-bbbb-cccc.json", JSON.stringify(osvRecord));
    const file = join(directory, "advisories.json");
    const updated = await run("--update-advisories", join(directory, "osv"), "--output", file);
    expect([updated.code, updated.err]).toEqual([
      0,
      "1 records: 2 advisories added, 0 changed, 0 withdrawn; of 2027-01-15\n",
    ]);
    const audited = await run("--dependencies", directory, "--advisories", file, "--format", "json");
    expect(reportOf(audited).findings.map(({ subject }) => subject)).toContain("ws GHSA-aaaa-bbbb-cccc");
  });

  it("answers 2 to an export that it does not understand, and writes nothing", async () => {
    write("osv-broken/a.json", "{");
    const { code, out, err } = await run("--update-advisories", join(directory, "osv-broken"));
    expect([code, out, err]).toEqual([2, "", expect.stringContaining("a.json is not JSON")]);
  });
});
