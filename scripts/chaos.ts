// The chaos suite, end to end. `npm run chaos` runs every case; `-- --only ID` one of them, `--quick` at the pace of CI, and `--write`
// writes the table of docs/reference/chaos.md.
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { allCases } from "../test/chaos/all-cases.ts";
import { patient, quick } from "../test/chaos/chaos-case.ts";
import { chaosPage, chaosPageFile, type ChaosResult } from "../test/chaos/chaos-table.ts";
import { whyNoNamespaces } from "../test/chaos/network.ts";
import { undoEverything } from "../test/chaos/undo.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

// Nothing is left behind by who is told to end in the middle of it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => void undoEverything().finally(() => process.exit(130)));

const missing = whyNoNamespaces();
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
    console.log(`holds    ${of.id} (${took()})\n${JSON.stringify(row, null, 2)}`);
  } catch (error) {
    without.push(of.id);
    process.exitCode = 1;
    console.log(`FAILS    ${of.id} (${took()})`);
    console.log(error);
  }
}
console.log(`${results.length} hold, ${without.length} do not or were skipped`);
if (flags.write) {
  if (without.length > 0 || flags.only.length > 0 || flags.quick)
    throw new Error("the table is written by a run of all cases that hold, at their own pace");
  const [, version = ""] = /v=(\S+)/.exec(execFileSync("redis-server", ["--version"]).toString()) ?? [];
  await writeFile(chaosPageFile, await chaosPage(results, `redis-server ${version}`));
}
