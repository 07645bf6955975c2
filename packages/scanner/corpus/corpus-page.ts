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

/** The row of a pair: its name, and the line. */
type Row = readonly [name: string, line: string];

/**
 * The page of the corpus, in Markdown, in the order of the pairs. A pair that was not scanned now keeps the row that it had; one that is no
 * pair any more has none.
 */
export function renderCorpusPage(
  results: readonly PairResult[],
  {
    node,
    before,
    pairs,
  }: { readonly node: string; readonly before: string; readonly pairs: readonly CorpusPair[] },
): string {
  const kept = before.split("\n").flatMap((line): Row[] => {
    const [, name] = /^\| (\S+) \| (?:CVE|GHSA)-/.exec(line) ?? [];
    return name === undefined ? [] : [[name, line]];
  });
  const lines = new Map<string, string>([...kept, ...results.map(rowOf)]);
  const rows = pairs.flatMap(({ name }) => lines.get(name) ?? []);
  const told = rows.filter((row) => / found \| [^|]* clean \| /.test(row)).length;
  return `<!-- Written by \`npm run corpus -- --write\`. -->
# The scanner on packages that had the flaw

Real packages, each in a version with a flaw and in the one that mended it, installed from the npm registry, started on loopback, and scanned
by the check that has to tell them apart. \`npm run corpus\` does it again; it needs the registry, and some minutes.

${told} of ${rows.length} pairs are told apart, on Node ${node}. Each row is of the last run that scanned its pair.

| pair | advisory | package | with the flaw | without | check |
|---|---|---|---|---|---|
${rows.join("\n")}

\`not tested\` says that a version did not start on this Node, or that the check could not go on; it is no verdict.

[All checks](README.md)
`;
}

function rowOf({ pair, vulnerable, fixed }: PairResult): Row {
  const { name, advisory, package: library, node, check } = pair;
  const onNode = node === undefined ? "" : ` (Node ${node})`;
  const said = [vulnerable, fixed].map((result) => `${result.version}: ${result.said}`).join(" | ");
  return [name, `| ${name} | ${advisory} | ${library}${onNode} | ${said} | [${check}](${check}.md) |`];
}
