import type { ChecklistItem, LibrarySummary, Report } from "../report.ts";
import type { Paint } from "./text.ts";

const STATES = {
  "not met": ["not met", "red"],
  unknown: ["cannot be told from here", "yellow"],
  met: ["met", "green"],
} as const;

/** What was read of a project, in lines; nothing in a scan of an endpoint alone. */
export function projectText({ project }: Report): string {
  if (project === undefined) return "";
  const { lockfiles, libraries, linted, policies, advisories } = project;
  return [
    ...lockfiles.map(({ file, format, packages }) => `Read: ${file} (${format}), ${packages} packages`),
    ...(linted === null ? [] : [`Linted: ${linted.files} files, by ${linted.by}`]),
    ...(policies.length === 0 ? [] : [`Checked: ${policies.join(", ")}`]),
    ...(libraries.length === 0 ? [] : ["WebSocket libraries:", ...libraries.map(libraryLine)]),
    ...(advisories === null
      ? []
      : [`${advisories.count} advisories, compared with their sources on ${advisories.checked}`]),
  ].join("\n");
}

function libraryLine({ name, version, how, paths, advisories }: LibrarySummary): string {
  const way =
    how === "direct"
      ? ""
      : `: ${paths[0] ?? "nothing asks for it"}${paths.length > 1 ? ` and ${paths.length - 1} more` : ""}`;
  return `  ${name} ${version}, ${how}${way}${advisories.length === 0 ? "" : ` (${advisories.join(", ")})`}`;
}

/** The requirements, what is not met first; nothing where there are none. */
export function checklistText({ checklist = [] }: Report, paint: Paint): string {
  if (checklist.length === 0) return "";
  const counted = (["not met", "unknown", "met"] as const).map((state) => {
    const [words] = STATES[state];
    return `${checklist.filter((item) => item.state === state).length} ${words}`;
  });
  const lines = (["not met", "unknown", "met"] as const).flatMap((state) =>
    checklist.filter((item) => item.state === state).map((item) => itemText(item, paint)),
  );
  return [
    paint("bold", `OWASP ASVS 5.0.0, requirements on WebSockets (${counted.join(", ")})`),
    ...lines,
  ].join("\n");
}

function itemText({ requirement, level, title, state, evidence }: ChecklistItem, paint: Paint): string {
  const [words, colour] = STATES[state];
  return [
    `  ${paint(colour, words.toUpperCase())} ${requirement} (level ${level}): ${title}`,
    ...evidence.map((line) => `    ${paint("dim", line)}`),
  ].join("\n");
}
