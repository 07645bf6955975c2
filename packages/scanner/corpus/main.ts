import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { allPairs } from "./all-pairs.ts";
import { isTold, type PairResult, renderCorpusPage } from "./corpus-page.ts";
import type { CorpusPair } from "./pair.ts";
import { scanVersion } from "./scan-version.ts";

const PAGE = new URL("../../../docs/checks/corpus.md", import.meta.url);

async function scanPair(pair: CorpusPair, folder: string): Promise<PairResult> {
  const check = builtInChecks.find(({ id }) => id === pair.check);
  if (check === undefined) throw new Error(`${pair.name} names a check that is not there: ${pair.check}`);
  const vulnerable = await scanVersion(pair, pair.vulnerable, { check, folder });
  const fixed = await scanVersion(pair, pair.fixed, { check, folder });
  return { pair, vulnerable, fixed };
}

/** Scans the pairs that are named, or all; exits 1 where one is not told apart. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { write: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const chosen = allPairs.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const folder = await mkdtemp(join(tmpdir(), "sallyport-corpus-"));
  const results: PairResult[] = [];
  try {
    for (const pair of chosen) {
      const result = await scanPair(pair, folder);
      results.push(result);
      const { vulnerable, fixed } = result;
      process.stdout.write(
        `${isTold(result) ? "told " : "NOT  "} ${pair.name}\n      ${vulnerable.version}: ${vulnerable.said}: ${vulnerable.words}\n      ${fixed.version}: ${fixed.said}: ${fixed.words}\n`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (values.write) await writeFile(PAGE, renderCorpusPage(results, process.versions.node));
  process.exitCode = results.every(isTold) ? 0 : 1;
}

await main();
