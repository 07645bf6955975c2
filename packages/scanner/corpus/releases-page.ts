import type { ReleaseResult } from "./scan-release.ts";

/** The page of current releases, in Markdown. */
export function renderReleasesPage(results: readonly ReleaseResult[], node: string): string {
  const rows = results.map(({ release, version, findings, passed, seconds, endedEarly }) => {
    if (endedEarly !== null)
      return `| ${release.name} | ${release.package} ${version} | not scanned whole | | | |`;
    const notes = findings.filter(([, severity]) => severity === "info").length;
    const found = findings
      .filter(([, severity]) => severity !== "info")
      .map(
        ([check, severity]) =>
          `[${check}](${check}.md) (${severity}${release.expected.includes(check) ? "" : "; not judged yet"})`,
      );
    return `| ${release.name} | ${release.package} ${version} | ${found.join(", ") || "none"} | ${notes} | ${passed} | ${seconds} s |`;
  });
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
