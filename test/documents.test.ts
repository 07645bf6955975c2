import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { loadConfig } from "../packages/sallyport/src/policy/load-config.ts";
import { filesBelow } from "./sources.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "packages/client/README.md",
  "packages/scanner/README.md",
  ...filesBelow(join(root, "docs")).map((path) => `docs/${path}`),
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

  it("name npm scripts that exist", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    );
    const named = mentions(/npm run ([\w:]+)/g);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ found }) => !(found in scripts))).toEqual([]);
  });
});

describe("the configurations in the documents", () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "sallyport-documents-"));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  /** Problems of a configuration, but for the files that it names, which the documents do not bring. */
  async function problems(name: string, text: string): Promise<string[]> {
    const file = join(directory, name);
    await writeFile(file, text);
    const loaded = await loadConfig(file);
    const found = loaded.ok ? [] : loaded.problems;
    return found
      .filter(
        (problem) =>
          !/\.(tls\.(certificate|key|clientCa)|tokenFile|clientSecretFile|messageSchema\..+)$/.test(
            problem.path,
          ),
      )
      .map((problem) => JSON.stringify(problem));
  }

  const examples = mentions(/```yaml\n( *version: 1\n[\s\S]*?)```/g).map(({ page, found }) => ({
    page,
    text: withoutIndent(found),
  }));

  it("are seen", async () => {
    expect(examples.length).toBeGreaterThan(6);
    expect(await readdir(directory)).toEqual([]);
  });

  it.for(examples.map(({ page, text }, index) => [`${page} (${index + 1})`, text] as const))(
    "are accepted: %s",
    async ([name, text]) => {
      expect(await problems(`${name.replace(/\W+/g, "-")}.yaml`, text)).toEqual([]);
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
