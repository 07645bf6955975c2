import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { main } from "../../src/cli/main.ts";
import { createTestFileJsonSchema } from "../../src/cli/policy-test-file.ts";
import { asMapping } from "../../src/policy/raw-config.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function test(...argv: readonly string[]): Promise<Outcome> {
  let [out, err] = ["", ""];
  const code = await main(["test", ...argv], {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    colour: false,
    directory: root,
  });
  return { code, out, err };
}

/** A folder with these files, until the test ends. */
async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-policies-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

/** The first block of YAML on a page that holds some words. */
function block(page: string, words: string): string {
  const blocks = [...readFileSync(join(root, page), "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)];
  const found = blocks.map(([, text = ""]) => text).find((text) => text.includes(words));
  if (found === undefined) throw new Error(`${page} shows no YAML with ${words}`);
  return found;
}

describe("the policy tests of known applications", () => {
  it("pass", async () => {
    const outcome = await test(join(root, "examples/policies"));
    expect(outcome).toMatchObject({ code: 0, err: "" });
    expect(outcome.out).toMatch(/\n[2-9]\d passed\n$/);
  });
});

describe("the policy tests of the game and the trading desk", () => {
  it.each(["examples/game", "examples/trading"])("pass (%s)", async (example) => {
    const outcome = await test(join(root, example));
    expect(outcome).toMatchObject({ code: 0, err: "" });
    expect(outcome.out).toMatch(/\n1\d passed\n$/);
  });
});

describe("the policy tests of the chat", () => {
  it("pass", async () => {
    const outcome = await test(join(root, "examples/chat"));
    expect(outcome).toMatchObject({ code: 0, err: "" });
    expect(outcome.out).toMatch(/\n[12]\d passed\n$/);
  });

  it("fail against a policy with a hole", async () => {
    const policy = await readFile(join(root, "examples/chat/sallyport.yaml"), "utf8");
    const rule = "message.room in identity.claims.rooms";
    expect(policy).toContain(rule);
    const directory = await folder({
      "sallyport.yaml": policy.replaceAll(rule, "true"),
      "policy.test.yaml": await readFile(join(root, "examples/chat/policy.test.yaml"), "utf8"),
      "chat.schema.json": await readFile(join(root, "examples/chat/chat.schema.json"), "utf8"),
    });
    const outcome = await test(directory);
    expect(outcome).toMatchObject({ code: 1, err: "" });
    expect(outcome.out).toMatch(/✗[^✓✗]+expected {2}close 4503 permission\.message.*\n +found {5}pass\n/);
  });
});

describe("the policy test in the documents", () => {
  it("passes for the policy in the documents", async () => {
    const policy = block("docs/how-to/write-permissions.md", "own rooms");
    const directory = await folder({
      "sallyport.yaml": policy.replace(
        "    permission:",
        "    origin: { allow: [https://app.example.com] }\n    permission:",
      ),
      "policy.test.yaml": block("docs/how-to/test-a-policy.md", "own rooms"),
    });
    expect(await test(directory)).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringContaining("5 passed"),
    });
  });

  it("knows every key: the reference holds the keys of the schema", () => {
    const page = readFileSync(join(root, "docs/reference/policy-tests.md"), "utf8");
    const keys = keysOf(createTestFileJsonSchema());
    expect(keys.size).toBeGreaterThan(35);
    expect([...keys].filter((key) => !new RegExp(`\`[^\`]*\\b${key}\\b[^\`]*\``).test(page))).toEqual([]);
  });
});

/** Every name of a property, at any depth. */
function keysOf(node: unknown): Set<string> {
  const keys = new Set<string>();
  const visit = (at: unknown): void => {
    if (Array.isArray(at)) at.forEach(visit);
    const mapping = asMapping(at);
    if (mapping === null) return;
    for (const [key, value] of Object.entries(mapping)) {
      if (key === "properties") for (const name of Object.keys(asMapping(value) ?? {})) keys.add(name);
      visit(value);
    }
  };
  visit(node);
  return keys;
}
