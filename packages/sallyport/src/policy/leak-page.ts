import { leakDetectors } from "../guards/leak-detectors.ts";

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** The page `docs/reference/leak-detectors.md`: every detector of `leak`, by group. */
export function renderLeakPage(): string {
  const groups = [...new Set(leakDetectors.map(({ group }) => group))];
  const tables = groups.map((group) => {
    const rows = leakDetectors
      .filter((detector) => detector.group === group)
      .map(
        ({ id, what, validation, finds, passes }) =>
          `| ${[`\`${id}\``, what, validation, finds, passes].map(cell).join(" | ")} |`,
      );
    return [
      `## ${group}`,
      "",
      "| detector | finds | validated by | such as | lets pass |",
      "|---|---|---|---|---|",
      ...rows,
    ].join("\n");
  });
  return `${[
    "<!-- Generated from the source by `npm run docs`: edit the detectors, not this page. -->",
    "# Leak detectors",
    "Every detector of [leak](../guards/leak.md). Its name, or that of its group (a heading below), may stand in `leak.detect`. All are on where `detect` is absent. " +
      "`…` stands for the rest of a value: no whole one is shown.",
    ...tables,
  ].join("\n\n")}\n`;
}
