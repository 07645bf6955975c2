import type { GuardDefinition } from "../guards/guard.ts";
import { builtInGuards } from "./built-in-guards.ts";
import { checkConfig } from "./config-checks.ts";
import { nowhere, readConfigDocument, type ConfigDocument } from "./config-document.ts";
import { describeIssues, UNWORDED, type Finding, type IssueContext } from "./config-issues.ts";
import { createConfigSchema } from "./config.ts";
import { createConfig, type Config } from "./effective-config.ts";
import { shownHost } from "./output-config.ts";
import { checkWorkers, configFromFlagValues, flagOf, mendOfFlag, type RunFlags } from "./run-flags.ts";
import { formatPath, type KeyPath, type Problem } from "./problem.ts";
import { mergeDefaults, resolveFiles, valueAt } from "./raw-config.ts";
import { createReference } from "./reference.ts";
import { maskSecrets, substitute } from "./substitution.ts";

export type { RunFlags } from "./run-flags.ts";

/** A configuration, or everything that is wrong with it. Warnings are allowed and probably not meant. */
export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** What loading depends on; the defaults are the process's. */
export interface LoadOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The guards whose options a route may hold. */
  readonly guards?: readonly GuardDefinition<unknown>[];
  /** Whether an application's own server listens. */
  readonly attached?: boolean;
  /** The master key of a journal that a flag asks for. */
  readonly journalKeyFile?: string;
}

/** Loads a configuration file (YAML, JSON, TypeScript or JavaScript) and finds every problem in it at once. */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<LoadResult> {
  const read = await readConfigDocument(file);
  return read.ok ? await resolveConfig(read.document, options) : { ...read, warnings: [] };
}

/**
 * Makes a configuration of the flags of `sallyport run`: one listener, one route for every path. Problems name the
 * flag. Relative paths are relative to `directory`.
 */
export async function configFromFlags(
  flags: RunFlags,
  directory: string,
  options: LoadOptions = {},
): Promise<LoadResult> {
  const { value, findings } = configFromFlagValues(flags, options.journalKeyFile);
  const document: ConfigDocument = { file: null, base: directory, value, locate: () => nowhere };
  const result = await resolveConfig(document, options, findings);
  if (result.ok) return { ...result, warnings: byFlag(result.warnings) };
  return { ...result, problems: byFlag(result.problems), warnings: byFlag(result.warnings) };
}

/** What is wrong with `--workers` beside `--config`. */
export function problemsOfWorkers(flags: RunFlags): readonly Problem[] {
  return byFlag(
    checkWorkers(flags).map(({ path, found, expected, mend }) =>
      Object.assign({ file: null, path: formatPath(path), found, expected, mend }, nowhere),
    ),
  );
}

function byFlag(problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => {
    const path = flagOf(problem.path);
    return Object.assign({}, problem, { path, mend: mendOfFlag(path) ?? problem.mend });
  });
}

/** Finds everything that is wrong with a document, or makes the effective configuration of it. */
export async function resolveConfig(
  document: ConfigDocument,
  { env = process.env, guards = builtInGuards, attached = false }: LoadOptions,
  before: readonly Finding[] = [],
): Promise<LoadResult> {
  const { base } = document;
  const filled = await substitute(document.value, { base, env });
  const config = resolveFiles(mergeDefaults(filled.value), base);
  const context = issueContext(mergeDefaults(document.value), guards);
  const parsed = schemaOf(guards).safeParse(config, { error: () => UNWORDED });
  const issues = parsed.success ? [] : describeIssues(parsed.error.issues, context);
  const { findings, warnings } = await checkConfig(config, { base, attached, env });
  const place = (finding: Finding): Problem => toProblem(finding, document, filled.secrets);
  const unfilled = new Set(filled.findings.map(({ path }) => formatPath(path)));
  const complete = issues.filter(
    (finding) => !isOptionalInDefaults(finding, context) && !unfilled.has(formatPath(finding.path)),
  );
  const problems = unique([...before, ...filled.findings, ...complete, ...findings].map(place));
  const warned = unique(warnings.map(place));
  if (problems.length > 0 || !parsed.success) return { ok: false, problems, warnings: warned };
  const origin = {
    file: document.file,
    base,
    env,
    locate: (path: KeyPath) => document.locate(path),
    mask: (text: string) => maskSecrets(text, filled.secrets),
  };
  return { ok: true, config: createConfig(parsed.data, origin), warnings: warned };
}

const schemas = new WeakMap<readonly GuardDefinition<unknown>[], ReturnType<typeof createConfigSchema>>();

/** Made once: it takes longer than to read a configuration by it, which a reload does beside open connections. */
function schemaOf(guards: readonly GuardDefinition<unknown>[]): ReturnType<typeof createConfigSchema> {
  const schema = schemas.get(guards) ?? createConfigSchema(guards);
  schemas.set(guards, schema);
  return schema;
}

function issueContext(value: unknown, guards: readonly GuardDefinition<unknown>[]): IssueContext {
  // Made when something is wrong: it takes twenty milliseconds, and a reload is read beside open connections.
  let known: readonly string[] | null = null;
  const keysAt = (pattern: string): readonly string[] => {
    known ??= createReference(guards).map((entry) => entry.key);
    const keys = known;
    // An entry of a list that may also be one mapping takes the same keys, which stand under that one.
    const isKnown = keys.some((key) => key.startsWith(`${pattern}.`));
    const parent = isKnown ? pattern : pattern.replace(/\[\]$/, "");
    const prefix = parent === "" ? "" : `${parent}.`;
    const below = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return below.filter((key) => /^[A-Za-z]+$/.test(key));
  };
  // Whatever stands where a webhook should: its URL may have been meant.
  const shownAt = (path: KeyPath): unknown => {
    const found = valueAt(value, path);
    if (typeof found !== "string") return found;
    // A password may hold what no URL does.
    if (path[0] === "state") return found.replace(/^([^:]{0,16}:\/\/|).*@/s, "$1***@");
    return path[0] === "alerts" && found.includes("//") ? `${shownHost(found)}, and more` : found;
  };
  return { valueAt: shownAt, keysAt };
}

// What `defaults` leaves out a route may write; where no route does, the route's own finding says so.
function isOptionalInDefaults({ path }: Finding, context: IssueContext): boolean {
  return path[0] === "defaults" && context.valueAt(path) === undefined;
}

function toProblem(finding: Finding, document: ConfigDocument, secrets: readonly string[]): Problem {
  const path = writtenPath(finding.path, document.value);
  const { line, column } = document.locate(path, finding.atKey);
  const problem = {
    file: document.file,
    path: formatPath(path),
    line,
    column,
    found: maskSecrets(finding.found, secrets),
    expected: maskSecrets(finding.expected, secrets),
    mend: maskSecrets(finding.mend, secrets),
  };
  return finding.unreachable === true ? { ...problem, unreachable: true } : problem;
}

// An option that a route has from `defaults` is mended there.
function writtenPath(path: KeyPath, value: unknown): KeyPath {
  const inDefaults = ["defaults", ...path.slice(2)];
  if (path[0] !== "routes" || path.length < 3 || valueAt(value, path) !== undefined) return path;
  const own = valueAt(value, path.slice(0, 3)) !== undefined;
  const given = own ? inDefaults : inDefaults.slice(0, 2);
  return valueAt(value, given) === undefined ? path : inDefaults;
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  const byText = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...byText.values()].sort((left, right) => left.line - right.line || left.column - right.column);
}
