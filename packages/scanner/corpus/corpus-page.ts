import type { CorpusPair } from "./pair.ts";
import type { VersionResult } from "./scan-version.ts";

/** One pair, and what the scan said of its two versions. */
export interface PairResult {
  readonly pair: CorpusPair;
  readonly vulnerable: VersionResult;
  readonly fixed: VersionResult;
}

/** Whether the scan told the two versions apart. */
export function isTold({ vulnerable, fixed }: PairResult): boolean {
  return vulnerable.said === "found" && fixed.said === "clean";
}

/** The page of the corpus, in Markdown. */
export function renderCorpusPage(results: readonly PairResult[], node: string): string {
  const rows = results.map(
    ({ pair, vulnerable, fixed }) =>
      `| ${pair.name} | ${pair.advisory} | ${pair.package}${pair.node === undefined ? "" : ` (Node ${pair.node})`} | ${vulnerable.version}: ${vulnerable.said} | ${fixed.version}: ${fixed.said} | [${pair.check}](${pair.check}.md) |`,
  );
  const told = results.filter(isTold).length;
  return `<!-- Written by \`npm run corpus -- --write\`. -->
# The scanner on packages that had the flaw

Real packages, each in a version with a flaw and in the one that mended it, installed from the npm registry, started on loopback, and scanned
by the check that has to tell them apart. \`npm run corpus\` does it again; it needs the registry, and some minutes.

${told} of ${results.length} pairs are told apart, on Node ${node}.

| pair | advisory | package | with the flaw | without | check |
|---|---|---|---|---|---|
${rows.join("\n")}

\`not tested\` says that a version did not start on this Node, or that the check could not go on; it is no verdict.

[All checks](README.md)
`;
}
