import type { CurrentRelease } from "./release.ts";
import type { ReleaseResult } from "./scan-release.ts";

/**
 * The page of current releases, in Markdown, in their order. A release that was not scanned now keeps the row that it had; one that is not
 * scanned any more has none.
 */
export function renderReleasesPage(
  results: readonly ReleaseResult[],
  {
    node,
    before,
    releases,
  }: { readonly node: string; readonly before: string; readonly releases: readonly CurrentRelease[] },
): string {
  const kept = Array.from(
    before.matchAll(/^\| (\S+) \| .*$/gm),
    ([line, name = ""]) => [name, line] as const,
  );
  const known = new Map([...kept, ...results.map((result) => [result.release.name, rowOf(result)] as const)]);
  const rows = releases.flatMap(({ name }) => known.get(name) ?? []);
  return `<!-- Written by \`npm run corpus -- --current --write\`. -->
# The scanner on current releases

Packages in the release that npm calls \`latest\`, set up as their documents begin, or hardened, each on loopback on Node ${node}, scanned as
\`sallyport-scan URL\` does it, at the default pace. Every finding was read by somebody who doubted it: what stands here is what the package leaves to
the application, or, in a development server, to the developer's machine. It is no fault of the package. Notes are findings of severity \`info\`,
which need nobody's attention by themselves.

| what | release | findings | notes | passed | time |
|---|---|---|---|---|---|
${rows.join("\n")}

[All checks](README.md)
`;
}

function rowOf({ release, version, findings, passed, seconds, endedEarly }: ReleaseResult): string {
  const title = `| ${release.name} | ${release.package} ${version}`;
  if (endedEarly !== null) return `${title} | not scanned whole | | | |`;
  const notes = findings.filter(([, severity]) => severity === "info").length;
  const found = findings
    .filter(([, severity]) => severity !== "info")
    .map(
      ([check, severity]) =>
        `[${check}](${check}.md) (${severity}${release.expected.includes(check) ? "" : "; not judged yet"})`,
    );
  return `${title} | ${found.join(", ") || "none"} | ${notes} | ${passed} | ${seconds} s |`;
}
