import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentReleases } from "./current-releases.ts";
import { renderReleasesPage } from "./releases-page.ts";
import { type ReleaseResult, scanRelease } from "./scan-release.ts";

const PAGE = new URL("../../../docs/checks/current-releases.md", import.meta.url);

/** Scans current releases, those that are named or all; exits 1 where one has a finding that is not expected of it. */
export async function scanCurrent(names: readonly string[], isWritten: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-corpus-"));
  const results: ReleaseResult[] = [];
  try {
    for (const release of currentReleases.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const result = await scanRelease(release, folder);
      results.push(result);
      const { version, seconds, findings, notTested, endedEarly } = result;
      const lines = findings.map(
        ([check, severity, detail]) =>
          `  ${severity === "info" || release.expected.includes(check) ? " " : "!"} ${severity} ${check}: ${detail}`,
      );
      process.stdout.write(
        `${release.name} ${version}, ${seconds} s\n${lines.join("\n")}\n  not tested: ${notTested.length}${endedEarly === null ? "" : `\n! ${endedEarly}`}\n`,
      );
    }
    if (isWritten) {
      const before = await readFile(PAGE, "utf8");
      const { node } = process.versions;
      await writeFile(PAGE, renderReleasesPage(results, { node, before, releases: currentReleases }));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  process.exitCode = results.every(isExpected) ? 0 : 1;
}

function isExpected({ release, findings, endedEarly }: ReleaseResult): boolean {
  return (
    endedEarly === null &&
    findings.every(([check, severity]) => severity === "info" || release.expected.includes(check))
  );
}
