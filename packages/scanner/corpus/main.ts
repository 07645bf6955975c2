import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { builtInClientChecks } from "../src/checks/built-in-client-checks.ts";
import { allPairs } from "./all-pairs.ts";
import { isTold, type PairResult, renderCorpusPage } from "./corpus-page.ts";
import { scanCurrent } from "./current.ts";
import type { CorpusPair } from "./pair.ts";
import { installVersion } from "./install-version.ts";
import { scanVersion } from "./scan-version.ts";

const PAGE = new URL("../../../docs/checks/corpus.md", import.meta.url);

/** Installations that run at once: they wait for the network. */
const AT_ONCE = 6;

/** Begins to install both versions of every pair, some at once; the folders, by pair and version. */
function installAll(pairs: readonly CorpusPair[], folder: string): Map<string, Promise<string>> {
  const jobs = pairs.flatMap((pair) => [pair.vulnerable, pair.fixed].map((version) => ({ pair, version })));
  const lanes = Array.from({ length: AT_ONCE }, () => Promise.resolve(""));
  const folders = new Map<string, Promise<string>>();
  for (const [at, { pair, version }] of jobs.entries()) {
    const before = lanes[at % AT_ONCE] ?? Promise.resolve("");
    const installed = before.catch(() => "").then(() => installVersion(pair, version, folder));
    // Whoever scans it hears of it.
    installed.catch(() => undefined);
    lanes[at % AT_ONCE] = installed;
    folders.set(`${pair.name}@${version}`, installed);
  }
  return folders;
}

async function scanPair(pair: CorpusPair, folders: Map<string, Promise<string>>): Promise<PairResult> {
  const check = [...builtInChecks, ...builtInClientChecks].find(({ id }) => id === pair.check);
  if (check === undefined) throw new Error(`${pair.name} names a check that is not there: ${pair.check}`);
  const scan = (version: string): ReturnType<typeof scanVersion> => {
    const installed = folders.get(`${pair.name}@${version}`) ?? Promise.reject(new Error("not installed"));
    return scanVersion(pair, version, { check, installed });
  };
  const vulnerable = await scan(pair.vulnerable);
  return { pair, vulnerable, fixed: await scan(pair.fixed) };
}

/** Scans the pairs that are named, or all, or with `--current` current releases; exits 1 where one is not told apart. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      write: { type: "boolean", default: false },
      current: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (values.current) return scanCurrent(positionals, values.write);
  const chosen = allPairs.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const folder = await mkdtemp(join(tmpdir(), "sallyport-corpus-"));
  const results: PairResult[] = [];
  try {
    const folders = installAll(chosen, folder);
    for (const pair of chosen) {
      const result = await scanPair(pair, folders);
      results.push(result);
      const { vulnerable, fixed } = result;
      process.stdout.write(
        `${isTold(result) ? "told " : "NOT  "} ${pair.name}\n      ${vulnerable.version}: ${vulnerable.said}: ${vulnerable.words}\n      ${fixed.version}: ${fixed.said}: ${fixed.words}\n`,
      );
    }
    if (values.write) {
      const before = await readFile(PAGE, "utf8");
      const { node } = process.versions;
      await writeFile(PAGE, renderCorpusPage(results, { node, before, pairs: allPairs }));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  process.exitCode = results.every(isTold) ? 0 : 1;
}

await main();
