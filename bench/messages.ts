/**
 * What guards that read messages cost on harmless ones, beside what reading costs anyway: `npm run bench:messages`;
 * `-- --write` puts the table into RESULTS.md.
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { measureLeaks } from "./messages/leak.ts";
import { measureSchemas } from "./messages/schema.ts";
import { measureThreat } from "./messages/threat.ts";
import { measureTogether } from "./messages/together.ts";
import { MESSAGES_HEADING, withSection } from "./results-page.ts";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });

/** At most so much, by what is to be reached. */
const MARKS = { schema: 2, together: 0.5, text: 3 } as const;

function row(what: string, ratio: number, atMost: number | null): string {
  const verdict = atMost === null ? "" : ratio <= atMost ? "reached" : "**missed**";
  return `| ${what} | ${ratio.toFixed(2)} | ${atMost ?? ""} | ${verdict} |`;
}

const schemas = await measureSchemas();
const together = await measureTogether();
const threats = await measureThreat();
const leaks = measureLeaks();
const section = [
  `Written by \`npm run bench:messages -- --write\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}. CPU time, medians of rounds in turns, in one process.`,
  "",
  "| what | ratio | at most |  |",
  "| --- | --: | --: | --: |",
  ...schemas.map(({ name, ratio }) =>
    row(`\`messageSchema\`, 1 KiB, ${name}: beside \`JSON.parse\``, ratio, MARKS.schema),
  ),
  ...together.map(({ name, ratio }) =>
    row(`\`threat\` and \`leak\`, 1 KiB of ${name}: beside \`JSON.parse\``, ratio, MARKS.together),
  ),
  ...threats.map(({ name, ratio }) => row(`\`threat\` alone, ${name}`, ratio, null)),
  ...leaks.map(({ what, ratio }) =>
    row(`\`leak\` alone, ${what}`, ratio, what.includes("SHA-256") ? MARKS.text : null),
  ),
].join("\n");
console.log(section);
if (values.write) {
  const file = new URL("RESULTS.md", import.meta.url);
  await writeFile(file, withSection(await readFile(file, "utf8"), MESSAGES_HEADING, section));
}
