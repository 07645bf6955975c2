// The chaos suite, end to end. `npm run chaos` runs every case; `-- --only ID` one of them, `--quick` at the pace of CI, and `--write`
// writes what came of it into the table of docs/reference/chaos.md.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { allCases } from "../test/chaos/all-cases.ts";
import { patient, quick } from "../test/chaos/chaos-case.ts";
import { chaosPage, chaosPageFile, type ChaosResult } from "../test/chaos/chaos-table.ts";
import { inOwnNetwork, isInOwnNetwork, whyNoNamespaces } from "../test/chaos/network.ts";
import { endSignals, undoAtSignals } from "../test/chaos/undo.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

if (flags.write && flags.quick) throw new Error("the table is of a run at its own pace");

const missing = whyNoNamespaces();
if (missing === null && !isInOwnNetwork()) process.exitCode = await runInOwnNetwork();
else await runCases();

/** Runs this very command in a network of its own, and answers how it ended. */
async function runInOwnNetwork(): Promise<number> {
  const [command = "", ...words] = inOwnNetwork([
    process.execPath,
    ...process.execArgv,
    ...process.argv.slice(1),
  ]);
  const child = spawn(command, words, { stdio: "inherit" });
  for (const signal of endSignals) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return Number(code ?? 130);
}

async function runCases(): Promise<void> {
  undoAtSignals();
  const results: ChaosResult[] = [];
  const without: string[] = [];
  for (const of of allCases) {
    if (flags.only.length > 0 && !flags.only.includes(of.id)) continue;
    if (of.needsNamespaces && missing !== null) {
      without.push(of.id);
      console.log(`skipped  ${of.id}: it needs network namespaces, and ${missing}`);
      continue;
    }
    const begun = performance.now();
    const took = (): string => `${((performance.now() - begun) / 1000).toFixed(0)} s`;
    try {
      const row = await of.run(flags.quick ? quick : patient);
      results.push({ of, row });
      if (flags.write) await write(results);
      console.log(`holds    ${of.id} (${took()})\n${JSON.stringify(row, null, 2)}`);
    } catch (error) {
      without.push(of.id);
      process.exitCode = 1;
      console.log(`FAILS    ${of.id} (${took()})`);
      console.log(error);
    }
  }
  console.log(`${results.length} hold, ${without.length} do not or were skipped`);
}

async function write(results: readonly ChaosResult[]): Promise<void> {
  const [, version = ""] = /v=(\S+)/.exec(execFileSync("redis-server", ["--version"]).toString()) ?? [];
  await writeFile(chaosPageFile, await chaosPage(results, `redis-server ${version}`));
}
