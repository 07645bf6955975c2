import { type CorpusPair, type Verdict, verdicts } from "./pair.ts";
import type { VersionResult } from "./scan-version.ts";

/** One pair, and what the scan said of its two versions. */
export interface PairResult {
  readonly pair: CorpusPair;
  readonly vulnerable: VersionResult;
  readonly fixed: VersionResult;
}

/** What was said of the two versions of a pair. */
type Verdicts = Readonly<Record<"vulnerable" | "fixed", { readonly said: Verdict }>>;

/** Whether the scan told the two versions apart. */
export function isTold({ vulnerable, fixed }: Verdicts): boolean {
  return vulnerable.said === "found" && fixed.said === "clean";
}

/** The row of a pair. */
interface Row extends Verdicts {
  readonly name: string;
  readonly line: string;
}

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
  const known = new Map([...rowsOf(before), ...results.map(rowOf)].map((row) => [row.name, row]));
  const rows = pairs.flatMap(({ name }) => known.get(name) ?? []);
  return `<!-- Written by \`npm run corpus -- --write\`. -->
# The scanner on packages that had the flaw

Real packages, each in a version with a flaw and in the one that mended it, installed from the npm registry, started on loopback, and scanned
by the check that has to tell them apart. \`npm run corpus\` does it again; it needs the registry, and some minutes.

${rows.filter(isTold).length} of ${rows.length} pairs are told apart, on Node ${node}. Each row is of the last run that scanned its pair.

| pair | advisory | package | with the flaw | without | check |
|---|---|---|---|---|---|
${rows.map(({ line }) => line).join("\n")}

\`not tested\` says that a version did not start on this Node, or that the check could not go on; it is no verdict.

[All checks](README.md)
`;
}

/** The rows of a page that was written. */
function rowsOf(page: string): readonly Row[] {
  const said = `(${verdicts.join("|")})`;
  const row = new RegExp(
    `^\\| (\\S+) \\| (?:CVE|GHSA)-[^|]*\\|[^|]*\\| \\S+: ${said} \\| \\S+: ${said} \\|.*$`,
    "gm",
  );
  return Array.from(page.matchAll(row), ([line, name = "", vulnerable = "", fixed = ""]) => ({
    name,
    line,
    vulnerable: { said: verdictOf(vulnerable) },
    fixed: { said: verdictOf(fixed) },
  }));
}

function verdictOf(text: string): Verdict {
  return verdicts.find((each) => each === text) ?? "not tested";
}

function rowOf({ pair, vulnerable, fixed }: PairResult): Row {
  const { name, advisory, package: library, node, check } = pair;
  const onNode = node === undefined ? "" : ` (Node ${node})`;
  const said = [vulnerable, fixed].map((result) => `${result.version}: ${result.said}`).join(" | ");
  const line = `| ${name} | ${advisory} | ${library}${onNode} | ${said} | [${check}](${check}.md) |`;
  return { name, line, vulnerable, fixed };
}
