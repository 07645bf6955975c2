import type { ThreatSignature } from "./threat-signature.ts";

/** A text as code in a table. */
function code(text: string): string {
  const shown = text.replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll("|", "\\|");
  const fence = shown.includes("``") ? "```" : shown.includes("`") ? "``" : "`";
  return fence === "`" ? `\`${shown}\`` : `${fence} ${shown} ${fence}`;
}

function row({ id, paranoia, severity, oneLine, description, hits, benign }: ThreatSignature): string {
  const what = oneLine === true ? `${description}. In values of one line only` : description;
  return `| \`${id}\` | ${paranoia} | ${severity} | ${what}. | ${hits.map(code).join(", ")} | ${benign.map(code).join(", ")} |`;
}

/** The page of the reference that lists every signature, with examples of what it finds and what not. */
export function renderSignaturesPage(signatures: readonly ThreatSignature[]): string {
  const categories = [...new Set(signatures.map(({ category }) => category))];
  const sections = categories.map((category) =>
    [
      `## ${category}`,
      "",
      "| id | from paranoia | severity | what | finds | lets pass |",
      "|---|--:|---|---|---|---|",
    ]
      .concat(signatures.filter((signature) => signature.category === category).map(row), "")
      .join("\n"),
  );
  return [
    "# Signatures of threat",
    "",
    "Generated from the code by `npm run docs`. What [threat](../guards/threat.md) looks for in texts. Tests hold every example to what stands here.",
    "",
    ...sections,
  ].join("\n");
}
