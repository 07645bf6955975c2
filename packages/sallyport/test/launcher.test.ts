import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const launcher = fileURLToPath(new URL("../bin/sallyport.js", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(...argv: readonly string[]): Promise<Ended> {
  return startWith("", ...argv);
}

async function startWith(nodeOptions: string, ...argv: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [launcher, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: nodeOptions },
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

describe("bin/sallyport.js", () => {
  it("runs the command line and passes its exit code on", async () => {
    expect(await start("--version")).toMatchObject({ code: 0, out: "0.1.0\n", err: "" });
    expect(await start("nope")).toMatchObject({ code: 2, out: "" });
  });

  it("checks a configuration written in TypeScript", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-launcher-"));
    onTestFinished(async () => await rm(directory, { recursive: true }));
    const file = join(directory, "sallyport.config.mts");
    const entry = new URL("../src/index.ts", import.meta.url).href;
    await writeFile(
      file,
      `import { defineConfig, type ConfigInput } from ${JSON.stringify(entry)};
      export const config: ConfigInput = defineConfig({
        version: 1,
        listen: [{ address: "127.0.0.1:0" }],
        routes: [{ path: "/typed", upstream: "ws://127.0.0.1:1", identity: "anonymous" }],
      });`,
    );
    expect(await start("check", file)).toMatchObject({
      code: 0,
      out: expect.stringContaining("/typed"),
      err: "",
    });
  });

  it("keeps the young generation of the heap small, unless its size was asked for", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-launcher-"));
    onTestFinished(async () => await rm(directory, { recursive: true }));
    const file = join(directory, "sallyport.config.mts");
    // A configuration in code is the one place from which the launched process can be looked at.
    await writeFile(
      file,
      `import { getHeapSpaceStatistics } from "node:v8";
      const kept: object[] = [];
      for (let index = 0; index < 200_000; index++) kept.push({ index, list: [index] });
      const { space_size } = getHeapSpaceStatistics().find((space) => space.space_name === "new_space")!;
      process.stderr.write(String(space_size / 2 ** 20));
      export const config = {};`,
    );
    // Some 3 MiB; 16 where 8 are asked for. A collection under way has pages of its own.
    const small = await start("check", file);
    expect(Number.parseFloat(small.err)).toBeLessThan(10);
    const asked = await startWith("--max-semi-space-size=8", "check", file);
    expect(Number.parseFloat(asked.err)).toBeGreaterThan(10);
  });
});
