import { describe, expect, it } from "vitest";
import { builtInChecks } from "../packages/scanner/src/checks/built-in-checks.ts";
import { builtInClientChecks } from "../packages/scanner/src/checks/built-in-client-checks.ts";
import { generatedFiles, staleFiles } from "../scripts/generated-files.ts";

describe("generatedFiles", () => {
  it("are what the source says (else: npm run docs)", async () => {
    const files = generatedFiles();
    expect(files.size).toBe(13 + builtInChecks.length + builtInClientChecks.length);
    expect(await staleFiles(files)).toEqual([]);
  });

  it("are found stale when one differs or is missing", async () => {
    const files = new Map([
      ["docs/reference/errors.md", "something else"],
      ["docs/reference/no-such-page.md", ""],
    ]);
    expect(await staleFiles(files)).toEqual([...files.keys()]);
  });
});
