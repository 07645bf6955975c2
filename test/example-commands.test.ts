import { readFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it, onTestFinished } from "vitest";

import { startProgram, temporaryDirectory } from "../packages/sallyport/test/cli/sallyport-process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const withinMs = 120_000;

/** The status and title of a page. The development CA of a demo is trusted by nobody. */
function read(url: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
      resolve({ status: response.statusCode, text });
    }).once("error", reject);
  });
}

describe("the commands of the examples, as their pages name them", () => {
  it.each(["game", "trading"])(
    "npm run demo:%s opens the page and ends at Ctrl-C",
    { timeout: 2 * withinMs },
    async (name) => {
      expect(await readFile(join(root, `docs/example-${name}.md`), "utf8")).toContain(`npm run demo:${name}`);
      const manifest: { scripts: Record<string, string> } = JSON.parse(
        await readFile(join(root, "package.json"), "utf8"),
      );
      const [program, ...argv] = (manifest.scripts[`demo:${name}`] ?? "").split(" ");
      expect(program).toBe("node");
      const directory = await temporaryDirectory();
      const example = startProgram([...argv, "--free-ports", "--directory", directory], {
        directory: root,
        withinMs,
      });
      onTestFinished(() => void example.child.kill("SIGINT"));
      const [, url = ""] = await example.says(/through the gate +(https:\S+)/);
      await example.says(/Ctrl-C ends everything/);
      const { status, text } = await read(url);
      expect(status).toBe(200);
      expect(text).toContain("<title>");
      example.child.kill("SIGINT");
      expect(await example.exit()).toBe(0);
    },
  );
});
