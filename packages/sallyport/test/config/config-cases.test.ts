import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/policy/load-config.ts";
import { renderProblem, type Problem } from "../../src/policy/problem.ts";

// Adding a case is adding a file: NAME.case.yaml, and beside it NAME.expected.txt with what an operator reads.
const cases = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".case.yaml"));
const env = {
  SALLYPORT_TEST_SECRET: "hunter2hunter2",
  SALLYPORT_TEST_KEY: Buffer.alloc(32, "0123456789").toString("base64"),
};

function render(label: string, problems: readonly Problem[]): string {
  return problems
    .map((problem) => `${label} ${renderProblem({ ...problem, file: basename(problem.file ?? "") })}\n`)
    .join("")
    .replaceAll(import.meta.dirname, "DIRECTORY");
}

async function report(name: string): Promise<string> {
  const result = await loadConfig(join(import.meta.dirname, name), { env });
  const problems = result.ok ? "ok\n" : render("error", result.problems);
  return `${problems}${render("warning", result.warnings)}`;
}

describe("loadConfig", () => {
  it("is tried on every case of this folder", () => {
    expect(cases.length).toBeGreaterThan(20);
  });

  it.each(cases)("finds everything that is wrong in %s, and how to mend it", async (name) => {
    const expected = join(import.meta.dirname, name.replace(".case.yaml", ".expected.txt"));
    await expect(await report(name)).toMatchFileSnapshot(expected);
  });

  it("never shows what was filled in from the environment, nor more of a webhook than its host", async () => {
    expect(await report("substitution.case.yaml")).not.toContain(env.SALLYPORT_TEST_SECRET);
    expect(await report("outputs-wrong.case.yaml")).not.toContain("HUSH");
    expect(await report("journal-wrong.case.yaml")).not.toContain(env.SALLYPORT_TEST_KEY);
  });
});
