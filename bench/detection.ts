/**
 * What the detectors of the guards find and what they refuse wrongly, on the corpora in `packages/sallyport/test/corpus`.
 * `npm run detection` prints it; `npm run detection -- --write` writes docs/reference/detection.md.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { DetectorTable } from "./detection/detector-table.ts";
import { leakTable } from "./detection/leak.ts";
import { threatTable } from "./detection/threat.ts";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });

/** One a guard with detectors. */
const tables: readonly DetectorTable[] = [threatTable, leakTable];

const sections: string[] = [];
for (const table of tables) sections.push(`## ${table.name}`, "", await table.render(), "");
const page = [
  "# Detection",
  "",
  "How much the detectors find, and how much harmless traffic they refuse, measured with `npm run detection -- --write`, which writes this page.",
  "Shares are in percent, with 95 % intervals after Wilson. A corpus is a sample that somebody chose: another one gives other figures.",
  "",
  ...sections,
].join("\n");
console.log(page);
if (values.write) await writeFile(new URL("../docs/reference/detection.md", import.meta.url), page);
