import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { builtInRules } from "../src/built-in-rules.ts";

const here = fileURLToPath(new URL("..", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));
const withinMs = 120_000;

/** A file with two faults, as JavaScript and TypeScript have them alike. */
const FAULTY = `import { WebSocketServer } from "ws";
const server = new WebSocketServer({ port: 8080 });
server.on("connection", (socket) => {
  socket.on("error", () => undefined);
  socket.on("message", (data) => socket.send(data));
});
server.on("error", () => undefined);
`;
const FAULTS = ["sallyport/require-max-payload", "sallyport/require-origin-check"];

interface Said {
  readonly code: number;
  readonly text: string;
}

function run(argv: readonly string[], cwd: string): Promise<Said> {
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { cwd, timeout: withinMs }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), text: out + err }),
    );
  });
}

/** The folder of a package, as the plugin's own folder finds it. */
async function folderOf(name: string): Promise<string> {
  return await realpath(dirname(createRequire(join(here, "package.json")).resolve(`${name}/package.json`)));
}

describe("eslint-plugin-sallyport, installed in a project of its own", () => {
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "sallyport-lint-"));
    const modules = join(project, "node_modules");
    const installed = join(modules, "eslint-plugin-sallyport");
    await mkdir(installed, { recursive: true });
    const { files }: { files: string[] } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
    for (const name of ["package.json", ...files.filter((file) => file !== "dist")])
      await cp(join(here, name), join(installed, name), { recursive: true });
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const built = await run([tsc, "-p", "tsconfig.build.json", "--outDir", join(installed, "dist")], here);
    if (built.code !== 0) throw new Error(built.text);
    for (const name of ["eslint", "eslint9", "oxlint"])
      await symlink(await folderOf(name), join(modules, name));
    await writeFile(join(project, "package.json"), '{ "type": "module" }');
    await writeFile(
      join(project, "eslint.config.js"),
      'import sallyport from "eslint-plugin-sallyport";\n\nexport default [sallyport.configs.recommended];\n',
    );
    await writeFile(
      join(project, ".oxlintrc.json"),
      JSON.stringify({
        jsPlugins: ["eslint-plugin-sallyport"],
        rules: Object.fromEntries(FAULTS.map((rule) => [rule, "error"])),
      }),
    );
    for (const name of ["server.js", "typed.ts"]) await writeFile(join(project, name), FAULTY);
  }, withinMs);
  afterAll(async () => await rm(project, { recursive: true, force: true }));

  it.each(["eslint", "eslint9"])("reports in %s", { timeout: withinMs }, async (linter) => {
    const { code, text } = await run(
      [`node_modules/${linter}/bin/eslint.js`, "--format", "json", "server.js"],
      project,
    );
    const [{ messages }] = JSON.parse(text) as [{ messages: { ruleId: string }[] }];
    expect({ code, rules: messages.map(({ ruleId }) => ruleId).sort() }).toEqual({ code: 1, rules: FAULTS });
  });

  it("has a page of each rule, where the rule says", { timeout: withinMs }, async () => {
    const pages = `import plugin from "eslint-plugin-sallyport";
for (const [name, { meta }] of Object.entries(plugin.rules)) console.log(name, meta.docs.url);`;
    const { text } = await run(["--input-type=module", "--eval", pages], project);
    const said = text
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    expect(said.length).toBe(Object.keys(builtInRules).length);
    for (const [name = "", url = ""] of said) {
      expect(fileURLToPath(url)).toContain(join("node_modules", "eslint-plugin-sallyport", "docs"));
      expect(await readFile(new URL(url), "utf8")).toMatch(new RegExp(`^# ${name}\\n`));
    }
  });

  it("reports in oxlint, on JavaScript and on TypeScript", { timeout: withinMs }, async () => {
    const { code, text } = await run(
      ["node_modules/oxlint/bin/oxlint", "--format", "json", "server.js", "typed.ts"],
      project,
    );
    const { diagnostics } = JSON.parse(text) as { diagnostics: { code: string; filename: string }[] };
    const own = diagnostics.filter((found) => found.code.startsWith("sallyport"));
    expect(code).toBe(1);
    for (const file of ["server.js", "typed.ts"])
      expect(
        own
          .filter(({ filename }) => filename.endsWith(file))
          .map((found) => found.code)
          .sort(),
      ).toEqual(FAULTS.map((rule) => rule.replace(/^sallyport\/(.*)$/, "sallyport($1)")));
  });
});
