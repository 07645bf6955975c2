import { readdir, readFile } from "node:fs/promises";

import { describe, expect, it } from "vitest";

import { builtInRules } from "../src/built-in-rules.ts";
import { lintSource } from "./lint-source.ts";

const docs = new URL("../docs/", import.meta.url);
const rules = Object.entries(builtInRules);

/** The code below a line of a page. */
function codeBelow(page: string, line: string): string {
  const [, code = ""] = new RegExp(`^${line}\n\n\`\`\`\\w+\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page) ?? [];
  return code;
}

const said = (name: string, code: string): readonly string[] =>
  lintSource("/", "/page.tsx", code, [name]).map(({ ruleId, message }) => ruleId ?? message);

describe("the pages of the rules", () => {
  it("has a page for every rule, and no other", async () => {
    const pages = (await readdir(docs)).filter((page) => !["README.md", "precision.md"].includes(page));
    expect(pages.sort()).toEqual(rules.map(([name]) => `${name}.md`).sort());
  });

  it("lists every rule as it says of itself", async () => {
    const list = await readFile(new URL("README.md", docs), "utf8");
    for (const [name, { meta }] of rules)
      expect(list).toContain(
        `| [${name}](${name}.md) | ${meta.docs.description} | ${meta.docs.recommended ? "recommended" : "strict"} |`,
      );
  });

  it.each(rules)(
    "%s: says what the rule says, and its examples are reported and not",
    async (name, { meta }) => {
      const page = await readFile(new URL(`${name}.md`, docs), "utf8");
      const sets = meta.docs.recommended ? "In `recommended` and `strict`." : "In `strict` only.";
      expect(meta.docs.url).toBe(new URL(`${name}.md`, docs).href);
      expect(page.startsWith(`# ${name}\n\n**${meta.docs.description}** ${sets}`)).toBe(true);
      expect(new Set(said(name, codeBelow(page, "Reported:")))).toEqual(new Set([`sallyport/${name}`]));
      expect(codeBelow(page, "Not reported:")).not.toBe("");
      expect(said(name, codeBelow(page, "Not reported:"))).toEqual([]);
    },
  );
});
