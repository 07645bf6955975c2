import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { renderJournalPage } from "../packages/sallyport/src/cli/journal/journal-page.ts";
import { createTestFileJsonSchema } from "../packages/sallyport/src/cli/policy-test-file.ts";
import { errors } from "../packages/sallyport/src/errors.ts";
import { renderSignaturesPage } from "../packages/sallyport/src/guards/threat-signatures-page.ts";
import { threatSignatures } from "../packages/sallyport/src/guards/threat-signatures.ts";
import { renderAdminPage } from "../packages/sallyport/src/hosts/admin/admin-page.ts";
import { adminRoutes } from "../packages/sallyport/src/hosts/admin/admin-routes.ts";
import { renderMetricsPage } from "../packages/sallyport/src/hosts/metrics-page.ts";
import { builtInGuards } from "../packages/sallyport/src/policy/built-in-guards.ts";
import { renderDetectorsPage } from "../packages/sallyport/src/policy/detectors-page.ts";
import { renderLeakPage } from "../packages/sallyport/src/policy/leak-page.ts";
import {
  renderConfigurationPage,
  renderErrorsPage,
} from "../packages/sallyport/src/policy/reference-pages.ts";
import { createJsonSchema, createReference } from "../packages/sallyport/src/policy/reference.ts";
import { renderDashboard } from "./grafana-dashboard.ts";
import { renderCheckList, renderCheckPage } from "../packages/scanner/src/check-page.ts";
import { builtInChecks } from "../packages/scanner/src/checks/built-in-checks.ts";
import { builtInClientChecks } from "../packages/scanner/src/checks/built-in-client-checks.ts";
import { includeFiles } from "./included-files.ts";

const scannerChecks = [...builtInChecks, ...builtInClientChecks];
const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
/** Pages that show files of the examples. */
const PAGES = ["docs/how-to/protect-known-applications.md"];

/** Every file that is generated from the source, with what should stand in it; paths from the repository's root. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/reference/configuration.md", renderConfigurationPage(createReference(builtInGuards))],
    ["docs/reference/errors.md", renderErrorsPage(errors)],
    ["docs/reference/threat-signatures.md", renderSignaturesPage(threatSignatures)],
    ["docs/reference/leak-detectors.md", renderLeakPage()],
    ["docs/reference/detectors.md", renderDetectorsPage()],
    ["docs/reference/admin-api.md", renderAdminPage(adminRoutes(""))],
    ["docs/reference/journal-commands.md", renderJournalPage()],
    ["docs/reference/metrics.md", renderMetricsPage()],
    ["docs/checks/README.md", renderCheckList(scannerChecks)],
    ...scannerChecks.map((check) => [`docs/checks/${check.id}.md`, renderCheckPage(check)] as const),
    ["deploy/grafana/sallyport.json", renderDashboard()],
    [
      "packages/sallyport/sallyport.schema.json",
      `${JSON.stringify(createJsonSchema(builtInGuards), null, 2)}\n`,
    ],
    [
      "packages/sallyport/policy-test.schema.json",
      `${JSON.stringify(createTestFileJsonSchema(), null, 2)}\n`,
    ],
    ...PAGES.map((page) => [page, includeFiles(read(page), read)] as const),
  ]);
}

/** The files whose content differs from what the source says, or that are missing. */
export async function staleFiles(files: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const checks = [...files].map(async ([file, content]) => {
    const found = await readFile(new URL(file, root), "utf8").catch(() => null);
    return found === content ? [] : [file];
  });
  return (await Promise.all(checks)).flat();
}

/** Writes the files. */
export async function writeFiles(files: ReadonlyMap<string, string>): Promise<void> {
  for (const [file, content] of files) {
    const path = fileURLToPath(new URL(file, root));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
