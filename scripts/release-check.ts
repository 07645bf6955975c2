// What a release needs, as far as a program can see it: `npm run release:check`.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

import { problemsOf, type Packed } from "./release-problems.ts";

const run = promisify(execFile);
const root = new URL("../", import.meta.url);
const packages = ["sallyport", "client", "scanner"];

const read = (path: string): Promise<string> => readFile(new URL(path, root), "utf8");

async function packed(name: string): Promise<Packed> {
  const folder = `packages/${name}`;
  const manifest: unknown = JSON.parse(await read(`${folder}/package.json`));
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts", `./${folder}`], {
    cwd: root,
  });
  const [told]: { files: { path: string }[] }[] = JSON.parse(stdout);
  return { folder, manifest, files: told?.files.map(({ path }) => path) ?? [] };
}

const { version }: { version: string } = JSON.parse(await read("package.json"));
const problems = problemsOf({
  version,
  changelog: await read("CHANGELOG.md"),
  packages: await Promise.all(packages.map(packed)),
});
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? `ready to be ${version}` : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
