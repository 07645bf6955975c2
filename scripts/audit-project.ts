// Our own scanner on our own project, against what is accepted and why: `npm run audit:project`.
import { main } from "../packages/scanner/src/cli/main.ts";
import { processTerminal } from "../packages/scanner/src/cli/terminal.ts";
import type { Report } from "../packages/scanner/src/report.ts";

const BASELINE = "audit-baseline.json";
/** An audit that saw less did not see this project. */
const LEAST = { files: 2000, policies: 10, libraries: 15 };

let written = "";
const code = await main(
  ["--project", ".", "--format", "json", "--fail-on", "medium", "--baseline", BASELINE],
  { ...processTerminal(), out: (text) => void (written += text) },
);
if (code > 1) process.exit(code);

const { findings, notTested, project, durationMs }: Report = JSON.parse(written);
const seen = {
  files: project?.linted?.files ?? 0,
  policies: project?.policies.length ?? 0,
  libraries: project?.libraries.length ?? 0,
};
const open = findings.filter(({ accepted }) => accepted === undefined);
for (const { check, severity, subject = "", evidence, detail } of open)
  console.log(`${severity} ${check} ${evidence[0]?.lines[0]?.replace(/^- /, "") ?? subject}: ${detail}`);
for (const { check, reason } of notTested) console.log(`not tested: ${check}: ${reason}`);
console.log(
  `${seen.files} files, ${seen.policies} policies, ${seen.libraries} libraries in ${(durationMs / 1000).toFixed(1)} s: ${open.length} findings, ${findings.length - open.length} accepted in ${BASELINE}`,
);
const isWhole =
  seen.files >= LEAST.files && seen.policies >= LEAST.policies && seen.libraries >= LEAST.libraries;
if (!isWhole) console.log(`it saw less of this project than there is: ${JSON.stringify(LEAST)}`);
if (code !== 0) console.log(`mend it, or accept it in ${BASELINE} with its reason`);
process.exitCode = code === 0 && isWhole ? 0 : 1;
