import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { CorpusPair } from "./pair.ts";

const run = promisify(execFile);

/** Installs one version of a pair, and what it needs, into a folder of its own, without running any install script. Rejects with what npm says. */
export async function installVersion(pair: CorpusPair, version: string, parent: string): Promise<string> {
  const folder = join(parent, `${pair.name}-${version}`);
  await mkdir(folder, { recursive: true });
  const held = Object.entries(pair.overrides ?? {}).map(([name, at]) => [
    name,
    at === "tested" ? version : at,
  ]);
  const manifest = {
    name: "corpus",
    private: true,
    dependencies: { ...pair.beside, [pair.package]: version },
    overrides: Object.fromEntries(held),
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "server.cjs"), pair.server);
  for (const [name, text] of Object.entries(pair.files ?? {})) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], {
    cwd: folder,
  });
  return folder;
}
