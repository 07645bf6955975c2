import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument, stringify } from "yaml";

import { loadConfig } from "../packages/sallyport/src/policy/load-config.ts";
import { filesBelow } from "./sources.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...["client", "eslint-plugin", "sallyport", "scanner"].map((name) => `packages/${name}/README.md`),
  ...["docs", "packages/eslint-plugin/docs"].flatMap((folder) =>
    filesBelow(join(root, folder)).map((path) => `${folder}/${path}`),
  ),
].filter((path) => path.endsWith(".md"));
const texts = new Map(pages.map((page) => [page, readFileSync(join(root, page), "utf8")]));

/** A text without its code, which links to nothing. */
function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/(`+).+?\1/g, "");
}

/** Every match of a pattern's first group, with the page that it stands on. */
function mentions(pattern: RegExp, of = (text: string) => text): { page: string; found: string }[] {
  return [...texts].flatMap(([page, text]) =>
    [...of(text).matchAll(pattern)].map((match) => ({ page, found: match[1] ?? "" })),
  );
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** A block without the indent of its first line, which it has inside a list. */
function withoutIndent(block: string): string {
  const indent = block.length - block.trimStart().length;
  return block.replace(new RegExp(`^ {${indent}}`, "gm"), "");
}

function leadsNowhere({ page, found }: { page: string; found: string }): boolean {
  const [path = "", anchor] = found.split("#", 2);
  const target = path === "" ? join(root, page) : resolve(root, dirname(page), path);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !anchors(readFileSync(target, "utf8")).has(anchor);
}

/** How many rows of tables begin with a link. */
const count = (of: readonly string[]): number => of.filter((row) => row === "| [").length;

describe("the documents", () => {
  it("link to what exists", () => {
    const links = mentions(/\]\((?!https?:)([^)\s]+)\)/g, prose);
    expect(links.length).toBeGreaterThan(40);
    expect(links.filter(leadsNowhere)).toEqual([]);
  });

  it("name tests that exist for what SECURITY.md guarantees", () => {
    const named = [...(texts.get("SECURITY.md") ?? "").matchAll(/`([\w/-]+\.test\.ts)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(named.length).toBeGreaterThan(15);
    const missing = named.filter(
      (path) => !existsSync(join(root, path)) && !existsSync(join(root, "packages/sallyport/src", path)),
    );
    expect(missing).toEqual([]);
  });

  it("count the checks and the lint rules that there are", () => {
    const rows = (page: string): string[] => texts.get(page)?.match(/^(?:## .*|\| \[)/gm) ?? [];
    const checks = rows("docs/checks/README.md");
    const client = checks.slice(checks.indexOf("## client"));
    expect(checks.indexOf("## client")).toBeGreaterThan(0);
    expect(texts.get("README.md")).toContain(` ${count(checks) - count(client)} [checks]`);
    expect(texts.get("README.md")).toContain(` to your client: ${count(client)} checks`);
    expect(count(rows("packages/eslint-plugin/docs/README.md"))).toBe(17);
    expect(texts.get("README.md")).toContain("seventeen rules");
  });

  it("name npm scripts that exist", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    );
    const named = mentions(/npm run ([\w:]+)/g);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ found }) => !(found in scripts))).toEqual([]);
  });
});

/** Keys of a configuration's own; everything else in a snippet without `version` is an option of a route. */
const ofTheGate = /^(defaults|listen|admin|state|journal|watch|alerts|telemetry|routes)$/;

/** What else is written in YAML: AsyncAPI, policy tests, claims, Prometheus, a step of CI; each by how it begins. */
const ofOthers = /^(asyncapi:|# yaml-language-server: .*policy-test|now:|# claims\.yaml|rule_files:|- run:)/;

/** A snippet as a whole configuration: what it leaves out is a listener on loopback and a route. A list is one of rules. */
function completed(text: string): unknown {
  const document = parseDocument(text);
  expect(document.errors).toEqual([]);
  const value: unknown = document.toJS();
  if (Array.isArray(value)) return completed(stringify({ permission: { otherwise: "deny", rules: value } }));
  if (typeof value !== "object" || value === null)
    throw new Error("not a mapping: write it as one, or into `ofOthers`");
  if ("version" in value) return value;
  const route = { path: "/chat", upstream: "ws://127.0.0.1:3000", identity: "anonymous" };
  const rest = { version: 1, listen: [{ address: "127.0.0.1:8443", tls: "development" }] };
  return Object.keys(value).every((key) => ofTheGate.test(key))
    ? Object.assign(rest, { routes: [route] }, value)
    : Object.assign(rest, { routes: [Object.assign(route, value)] });
}

describe("the configurations in the documents", () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "sallyport-documents-"));
    await writeFile(join(directory, "canaries.txt"), "canary-of-the-documents");
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  /** Problems of a configuration, but for the files that it names, which the documents do not bring. */
  async function problems(name: string, text: string): Promise<string[]> {
    const file = join(directory, name);
    await writeFile(file, JSON.stringify(completed(text)));
    const loaded = await loadConfig(file, { env: { PAGER_URL: "https://pager.example.com/" } });
    const found = loaded.ok ? [] : loaded.problems;
    return found
      .filter(
        (problem) =>
          !/^no (file|directory) at /.test(problem.found) &&
          !problem.expected.startsWith("a file that can be read"),
      )
      .map((problem) => JSON.stringify(problem));
  }

  const snippets = mentions(/^((?: *)```yaml\n[\s\S]*?)^ *```$/gm).map(({ page, found }) => ({
    page,
    text: withoutIndent(found.slice(found.indexOf("\n") + 1)),
  }));
  const examples = new Map(
    snippets.filter(({ text }) => !ofOthers.test(text)).map(({ page, text }) => [text, page]),
  );

  it("are seen", () => {
    expect(examples.size).toBeGreaterThan(120);
    expect(snippets.filter(({ text }) => ofOthers.test(text)).map(({ page }) => page)).toHaveLength(6);
  });

  it.for([...examples].map(([text, page], index) => [`${page} (${index + 1})`, text] as const))(
    "are accepted: %s",
    async ([name, text]) => {
      expect(await problems(`${name.replace(/\W+/g, "-")}.json`, text)).toEqual([]);
    },
  );

  it("accept the examples' own files", async () => {
    const policies = filesBelow(join(root, "examples/policies")).filter((path) =>
      /^[^/.]+\.yaml$/.test(path),
    );
    expect(policies.length).toBeGreaterThanOrEqual(5);
    for (const file of ["chat/sallyport.yaml", ...policies.map((name) => `policies/${name}`)])
      expect(await loadConfig(join(root, "examples", file))).toMatchObject({ ok: true, warnings: [] });
  });
});
