import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { describeIssues, UNWORDED, type Finding } from "../policy/config-issues.ts";
import { readConfigDocument, type ConfigDocument } from "../policy/config-document.ts";
import type { Config } from "../policy/effective-config.ts";
import { loadConfig, resolveConfig, type LoadOptions, type LoadResult } from "../policy/load-config.ts";
import { formatPath, type KeyPath, type Position, type Problem } from "../policy/problem.ts";
import { asMapping, valueAt } from "../policy/raw-config.ts";
import type { GivenHandshake } from "./policy-test-handshake.ts";
import { testFileSchema, type ParsedCase, type ParsedTestFile } from "./policy-test-schema.ts";

/** One case, ready to be run. */
export interface PolicyCase extends Omit<ParsedCase, "handshake" | "now"> {
  readonly now: number;
  /** With what it has from the file's own. */
  readonly handshake: GivenHandshake & { readonly url: string };
  /** Where it stands in the file. */
  readonly position: Position;
  /** Where each of its steps stands. */
  readonly stepPositions: readonly Position[];
}

/** A file of policy tests that was found whole, and the configuration that it tests. */
export interface PolicyTests {
  readonly file: string;
  readonly config: Config;
  /** What is answered at a URL that the policy asks: the answer's body. */
  readonly answers: ReadonlyMap<string, string>;
  readonly cases: readonly PolicyCase[];
}

/** Policy tests, or everything that is wrong with their file and with the configuration that it names. */
export type PolicyTestsResult =
  | { readonly ok: true; readonly tests: PolicyTests }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What `policy` need not say, since no socket is opened. */
const INLINE = { version: 1, listen: [{ address: "127.0.0.1:8443" }] };

/** Loads a file of policy tests and the configuration that it tests, and finds every problem in both at once. */
export async function loadPolicyTests(file: string, options: LoadOptions = {}): Promise<PolicyTestsResult> {
  const read = await readConfigDocument(file);
  if (!read.ok) return read;
  const { document } = read;
  const parsed = testFileSchema.safeParse(document.value, { error: () => UNWORDED });
  const context = { valueAt: (path: KeyPath) => valueAt(document.value, path), keysAt };
  const issues = parsed.success ? [] : describeIssues(parsed.error.issues, context);
  const own = issues.map((finding) => toProblem(finding, document));
  if (!parsed.success) return { ok: false, problems: inOrder(own) };
  const answers = await readAnswers(parsed.data, document);
  const loaded = await loadTested(parsed.data, document, options);
  const problems = [...answers.problems, ...(loaded.ok ? [] : loaded.problems)];
  if (!loaded.ok || problems.length > 0) return { ok: false, problems: inOrder(problems) };
  const cases = parsed.data.cases.map((one, index) => toCase(one, index, { parsed: parsed.data, document }));
  return { ok: true, tests: { file, config: loaded.config, answers: answers.found, cases } };
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
}

function toProblem({ path, found, expected, mend, atKey }: Finding, document: ConfigDocument): Problem {
  const position = document.locate(path, atKey);
  return { file: document.file, path: formatPath(path), ...position, found, expected, mend };
}

async function loadTested(
  { config, policy, env }: ParsedTestFile,
  document: ConfigDocument,
  options: LoadOptions,
): Promise<LoadResult> {
  const filled = { ...options, env: { ...(options.env ?? process.env), ...env } };
  if (config !== undefined) return await loadConfig(resolve(document.base, config), filled);
  const locate = (path: KeyPath, atKey?: boolean): Position => document.locate(["policy", ...path], atKey);
  const loaded = await resolveConfig({ ...document, value: { ...INLINE, ...policy }, locate }, filled);
  if (loaded.ok) return loaded;
  const problems = loaded.problems.map((problem) =>
    Object.assign({}, problem, { path: problem.path === "" ? "policy" : `policy.${problem.path}` }),
  );
  return { ...loaded, problems };
}

interface Answers {
  readonly found: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

async function readAnswers({ answers }: ParsedTestFile, document: ConfigDocument): Promise<Answers> {
  const found = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [url, name] of Object.entries(answers)) {
    const body = await readFile(resolve(document.base, name), "utf8").catch(() => null);
    const finding = {
      path: ["answers", url],
      found: `none at ${name}`,
      expected: "a file that can be read",
      mend: "",
    };
    if (body === null) problems.push(toProblem(finding, document));
    else found.set(url, body);
  }
  return { found, problems };
}

interface Context {
  readonly parsed: ParsedTestFile;
  readonly document: ConfigDocument;
}

function toCase(one: ParsedCase, index: number, { parsed, document }: Context): PolicyCase {
  const path = ["cases", index];
  return {
    ...one,
    now: one.now ?? parsed.now,
    handshake: merge(parsed.handshake, one.handshake),
    position: document.locate(path),
    stepPositions: one.steps.map((_, step) => document.locate([...path, "steps", step])),
  };
}

/** What a case writes wins, header by header and cookie by cookie; whoever has one kind of proof has no other. */
function merge(base: GivenHandshake, own: GivenHandshake): PolicyCase["handshake"] {
  const proves = own.identity !== undefined || own.token !== undefined;
  const { identity, token, ...rest } = base;
  const proof = proves ? {} : { identity, token };
  return {
    ...rest,
    ...proof,
    ...own,
    headers: { ...base.headers, ...own.headers },
    cookies: { ...base.cookies, ...own.cookies },
    // One of the two has it: the schema looked.
    url: own.url ?? base.url ?? "",
  };
}

/** The keys that may stand at a pattern such as `cases[].handshake`. */
function keysAt(pattern: string): readonly string[] {
  const parts = pattern
    .replaceAll("[]", ".[]")
    .split(".")
    .filter((part) => part !== "");
  let nodes: readonly unknown[] = [createTestFileJsonSchema()];
  for (const part of parts) {
    const below = nodes.flatMap(branches).map((node) => {
      if (part === "[]") return asMapping(node)?.["items"];
      return valueAt(node, ["properties", part]);
    });
    nodes = below.filter((node) => node !== undefined);
  }
  return [
    ...new Set(nodes.flatMap(branches).flatMap((node) => Object.keys(asMapping(node)?.["properties"] ?? {}))),
  ];
}

function branches(node: unknown): readonly unknown[] {
  const anyOf = asMapping(node)?.["anyOf"];
  return Array.isArray(anyOf) ? [node, ...anyOf.flatMap(branches)] : [node];
}

/** The JSON Schema of a file of policy tests, for editors (draft 2020-12). */
export function createTestFileJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(testFileSchema, { io: "input", unrepresentable: "any" });
  return { ...schema, title: "Sallyport policy tests" };
}
