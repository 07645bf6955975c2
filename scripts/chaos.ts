// The chaos suite: `npm run chaos`. `--write` writes the table of the documents, `--only ID` runs one case, `--quick` at the pace of CI.
import { parseArgs } from "node:util";

import { allCases } from "../test/chaos/all-cases.ts";
import { patient, quick } from "../test/chaos/chaos-case.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

for (const one of allCases) {
  if (flags.only.length > 0 && !flags.only.includes(one.id)) continue;
  const begun = performance.now();
  try {
    const row = await one.run(flags.quick ? quick : patient);
    console.log(one.id, row);
  } catch (error) {
    console.log(one.id, error);
    process.exitCode = 1;
  }
  console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s`);
}
