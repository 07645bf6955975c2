import { describe, expect, it } from "vitest";
import { includeFiles } from "./included-files.ts";

const files: Readonly<Record<string, string>> = { "a.yaml": "version: 1\nprice: $1\n", "b.sh": "ls\n" };
const read = (path: string): string => files[path] ?? "";

describe("includeFiles", () => {
  it("puts a file into the block below its comment, and leaves the rest", () => {
    const page = [
      "# Page",
      "",
      "<!-- include a.yaml -->",
      "",
      "```yaml",
      "old: 1",
      "",
      "older: 2",
      "```",
      "",
      "```yaml",
      "own: 1",
      "```",
      "",
      "<!-- include b.sh -->",
      "",
      "```sh",
      "```",
      "",
    ].join("\n");
    const included = includeFiles(page, read);
    expect(included).toBe(
      page.replace("old: 1\n\nolder: 2", "version: 1\nprice: $1").replace("```sh\n", "```sh\nls\n"),
    );
    expect(includeFiles(included, read)).toBe(included);
  });

  it("leaves a page alone that names no file", () => {
    expect(includeFiles("```yaml\na: 1\n```\n", read)).toBe("```yaml\na: 1\n```\n");
  });
});
