import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { entriesOf, memberOf, textOf } from "../dependencies/record-of.ts";
import { printable } from "../printable.ts";
import { problemOf } from "../problem-of.ts";
import type { Finding, Remark } from "../report.ts";
import { findFiles, skippedFolders } from "./find-files.ts";
import { lintFinding, type LintMessage } from "./lint-finding.ts";
import { commandOf, entryOf, packageFolder } from "./resolve-tool.ts";
import { runTool } from "./run-tool.ts";

/** The plugin whose rules are asked. */
const PLUGIN = "eslint-plugin-sallyport";
const SCRIPTS = /\.(?:[cm]?js|jsx|[cm]?ts|tsx)$/;
const TYPED = /\.(?:[cm]?ts|tsx)$/;
const TITLE = "The code, by the rules of eslint-plugin-sallyport";

/** What came of a project's code. */
export interface LintAudit {
  readonly findings: readonly Finding[];
  readonly passed: readonly Remark[];
  readonly notTested: readonly Remark[];
  readonly linted: { readonly files: number; readonly by: string } | null;
  /** Rules that were asked, whether they found something or not. */
  readonly rules: readonly string[];
}

interface Linted {
  readonly by: string;
  readonly messages: readonly LintMessage[];
  /** What could not be read, and why. */
  readonly unread: readonly string[];
  readonly unreadFiles: number;
}

interface LintParts {
  readonly directory: string;
  readonly files: readonly string[];
  readonly plugin: unknown;
  readonly pluginEntry: string;
  readonly rules: Readonly<Record<string, string>>;
  /** Node's own program. */
  readonly node: string;
}

/**
 * Lints a project by the rules of eslint-plugin-sallyport: with oxlint where the project has it, which reads TypeScript by itself, and else with
 * ESLint. Where plugin or linter is missing it is not tested, and says how to install them.
 */
export async function lintProject(directory: string, node: string): Promise<LintAudit> {
  const folder = packageFolder(directory, PLUGIN);
  if (folder === null) return untested(`${PLUGIN} is not installed: npm install -D ${PLUGIN} eslint`);
  try {
    const pluginEntry = entryOf(folder);
    const plugin = pluginOf(await import(pathToFileURL(pluginEntry).href));
    const rules = recommendedRules(plugin);
    if (Object.keys(rules).length === 0) return untested(`${PLUGIN} recommends no rules`);
    const files = await findFiles(directory, (name) => SCRIPTS.test(name));
    const parts = { directory, files, plugin, pluginEntry, rules, node };
    const linted = (await byOxlint(parts)) ?? (await byEslint(parts));
    if (linted === null) return untested("neither oxlint nor ESLint is installed: npm install -D eslint");
    return auditOf(linted, parts);
  } catch (error) {
    return untested(`the linter failed: ${printable(problemOf(error))}`);
  }
}

function auditOf(
  { by, messages, unread, unreadFiles }: Linted,
  { files, plugin, rules }: LintParts,
): LintAudit {
  const findings = messages.map((message) => lintFinding(message, plugin));
  const asked = Object.keys(rules).map((rule) => rule.slice(rule.indexOf("/") + 1));
  const broken = new Set(messages.map(({ rule }) => rule));
  return {
    findings,
    passed:
      unread.length > 0
        ? []
        : asked
            .filter((rule) => !broken.has(rule))
            .map((rule) => remark(`lint-${rule}`, `${files.length} files`)),
    notTested: unread.map((reason) => remark("lint", printable(reason))),
    linted: { files: files.length - unreadFiles, by },
    rules: asked,
  };
}

function untested(reason: string): LintAudit {
  return { findings: [], passed: [], notTested: [remark("lint", reason)], linted: null, rules: [] };
}

function remark(check: string, reason: string): Remark {
  return { check, group: "code", title: TITLE, reason };
}

function pluginOf(module: unknown): unknown {
  return memberOf(module, "default") ?? memberOf(module, "plugin") ?? module;
}

/** `sallyport/rule` and how strictly, as the plugin recommends it. */
function recommendedRules(plugin: unknown): Readonly<Record<string, string>> {
  const recommended = memberOf(memberOf(plugin, "configs"), "recommended");
  const configs = Array.isArray(recommended) ? recommended : [recommended];
  const names = configs
    .flatMap((config: unknown) => entriesOf(memberOf(config, "rules")))
    .filter(([, level]) => level !== "off" && level !== 0);
  return Object.fromEntries(
    names.map(([name]) => [`sallyport/${name.slice(name.indexOf("/") + 1)}`, "error"]),
  );
}

async function byOxlint({ directory, files, pluginEntry, rules, node }: LintParts): Promise<Linted | null> {
  const folder = packageFolder(directory, "oxlint");
  const command = folder === null ? null : commandOf(folder, "oxlint");
  if (command === null) return null;
  const place = await mkdtemp(join(tmpdir(), "sallyport-lint-"));
  try {
    const config = join(place, "oxlintrc.json");
    const off = { correctness: "off" };
    await writeFile(
      config,
      JSON.stringify({
        jsPlugins: [{ name: "sallyport", specifier: pluginEntry }],
        plugins: [],
        categories: off,
        rules,
      }),
    );
    // It knows what is installed by .gitignore alone.
    const ignored = [...skippedFolders].map((name) => `--ignore-pattern=${name}`);
    const { out, err } = await runTool(
      [command, "-c", config, "--disable-nested-config", ...ignored, "--format=json", "."],
      { node, directory },
    );
    let said: unknown;
    try {
      said = JSON.parse(out);
    } catch {
      throw new Error(`oxlint said: ${(out || err).trim().slice(0, 300)}`);
    }
    const diagnostics = memberOf(said, "diagnostics");
    const all: readonly unknown[] = Array.isArray(diagnostics) ? diagnostics : [];
    const known = new Set(files);
    const unread = all.filter((each) => !isOurs(each) && isKnown(known, textOf(each, "filename")));
    return {
      by: "oxlint",
      messages: all
        .filter(isOurs)
        .map(oxlintMessage)
        .filter(({ file }) => known.has(file)),
      unreadFiles: new Set(unread.map((each) => textOf(each, "filename"))).size,
      unread: unread.map(
        (each) => `${textOf(each, "filename") ?? "a file"}: ${textOf(each, "message") ?? ""}`,
      ),
    };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** A file of the project; what names no file is about all of them. */
function isKnown(known: ReadonlySet<string>, file: string | undefined): boolean {
  return file === undefined || known.has(file.split(sep).join("/"));
}

function isOurs(said: unknown): boolean {
  return textOf(said, "code")?.startsWith("sallyport(") === true;
}

function oxlintMessage(said: unknown): LintMessage {
  const labels = memberOf(said, "labels");
  const span = memberOf(Array.isArray(labels) ? labels[0] : undefined, "span");
  const line = memberOf(span, "line");
  return {
    rule: /\((.*)\)$/.exec(textOf(said, "code") ?? "")?.[1] ?? "",
    message: textOf(said, "message") ?? "",
    file: (textOf(said, "filename") ?? "").split(sep).join("/"),
    line: typeof line === "number" ? line : 1,
  };
}

interface EslintLike {
  lintFiles(files: readonly string[]): Promise<readonly unknown[]>;
}

async function byEslint({ directory, files, plugin, rules }: LintParts): Promise<Linted | null> {
  const folder = packageFolder(directory, "eslint");
  if (folder === null) return null;
  const loaded: { readonly ESLint: new (options: object) => EslintLike } = await import(
    pathToFileURL(eslintEntry(folder)).href
  ).then(
    (
      module: { default?: { ESLint: new (options: object) => EslintLike } } & {
        ESLint: new (options: object) => EslintLike;
      },
    ) => module.default ?? module,
  );
  const parserFolder = packageFolder(directory, "@typescript-eslint/parser");
  const parser: unknown =
    parserFolder === null ? null : pluginOf(await import(pathToFileURL(entryOf(parserFolder)).href));
  const readable = parser === null ? files.filter((file) => !TYPED.test(file)) : files;
  const config = { files: ["**/*"], plugins: { sallyport: plugin }, rules };
  const typed = parser === null ? [] : [{ files: ["**/*.{ts,mts,cts,tsx}"], languageOptions: { parser } }];
  const jsx = {
    files: ["**/*.{jsx,tsx}"],
    languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } },
  };
  const eslint = new loaded.ESLint({
    cwd: resolve(directory),
    overrideConfigFile: true,
    overrideConfig: [config, jsx, ...typed],
  });
  const results = readable.length === 0 ? [] : await eslint.lintFiles(readable);
  const messages = results.flatMap((result) => eslintMessages(result, resolve(directory)));
  const unreadTypes = files.length - readable.length;
  return {
    by: "ESLint",
    messages: messages.filter(({ rule }) => rule !== ""),
    unreadFiles:
      unreadTypes + new Set(messages.filter(({ rule }) => rule === "").map(({ file }) => file)).size,
    unread: [
      ...messages
        .filter(({ rule }) => rule === "")
        .map(({ file, line, message }) => `${file}:${line}: ${message}`),
      ...(unreadTypes === 0
        ? []
        : [
            `${unreadTypes} TypeScript files, which ESLint reads with @typescript-eslint/parser (or oxlint) alone`,
          ]),
    ],
  };
}

function eslintEntry(folder: string): string {
  return join(folder, "lib", "api.js");
}

function eslintMessages(result: unknown, directory: string): readonly LintMessage[] {
  const listed = memberOf(result, "messages");
  const file = relative(directory, textOf(result, "filePath") ?? "")
    .split(sep)
    .join("/");
  return (Array.isArray(listed) ? listed : []).map((said: unknown) => {
    const line = memberOf(said, "line");
    const rule = textOf(said, "ruleId") ?? "";
    return {
      rule: rule.slice(rule.indexOf("/") + 1),
      message: textOf(said, "message") ?? "",
      file,
      line: typeof line === "number" ? line : 1,
    };
  });
}
