import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";

const here = import.meta.dirname;
const docs = join(here, "../../../../docs");

async function call(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  let out = "";
  const take = (text: string): void => void (out += text);
  const code = await main(argv, { out: take, err: take, colour: false, directory: here });
  return { code, out };
}

/** Whether a page shows a file as it is, or part of it. */
function shows(page: string, text: string): boolean {
  return readFileSync(join(docs, page), "utf8").includes(text.trim());
}

const file = (name: string): string => readFileSync(join(here, name), "utf8");

describe("a contract", () => {
  it("is held by a policy in its tests, without any network", async () => {
    expect(await call("test", join(here, "contract.test.yaml"))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\n6 passed\n$/),
    });
  });

  it("is what `check` says will be enforced", async () => {
    const { code, out } = await call("check", join(here, "sallyport.yaml"));
    expect(code).toBe(0);
    const lines = out.split("\n").filter((line) => /^ +(in|out)bound/.test(line));
    expect(lines.map((line) => line.trim())).toEqual([
      "inbound join: asyncapi.yaml#/components/messages/join/payload (draft-07)",
      "inbound say: asyncapi.yaml#/components/messages/say/payload (draft-07)",
      "outbound said: asyncapi.yaml#/components/messages/said/payload (draft-07)",
      'inbound every message: chat.schema.json "What a page sends to the chat" (2020-12)',
      "outbound: not checked",
    ]);
    for (const line of lines)
      expect(
        shows("how-to/use-an-asyncapi-document.md", line.trim()) ||
          shows("how-to/check-messages-against-a-schema.md", line.trim()),
      ).toBe(true);
  });

  it("is in the JSON that `check` writes, too", async () => {
    const { out } = await call("check", "--json", join(here, "sallyport.yaml"));
    const { routes } = JSON.parse(out) as { routes: { guards: { guard: string; enforces?: string[] }[] }[] };
    const enforced = routes.map(
      ({ guards }) => guards.find(({ guard }) => guard === "messageSchema")?.enforces?.length,
    );
    expect(enforced).toEqual([3, 2]);
  });

  it("is told by `check` with the place of every mistake", async () => {
    const { code, out } = await call("check", join(here, "mistake.yaml"));
    expect(code).toBe(2);
    expect(out.replaceAll(here, "DIRECTORY")).toBe(
      'error DIRECTORY/mistake.schema.json:4:46 #/properties/text/maxLength: expected a whole number from 0, found "500"\n' +
        "error DIRECTORY/mistake.schema.json:6:3 #/requierd: expected a keyword of JSON Schema, found `requierd`, which would not be checked\n2 problems\n",
    );
  });

  it("stands in the documents as it stands in the files that are tested here", () => {
    expect(shows("how-to/use-an-asyncapi-document.md", file("asyncapi.yaml"))).toBe(true);
    expect(shows("how-to/check-messages-against-a-schema.md", file("chat.schema.json"))).toBe(true);
  });
});
