import type { ChecklistItem, LibrarySummary, Report } from "../report.ts";
import { escapeMarkup } from "./escape-markup.ts";

const STATES = {
  "not met": ["not met", "high"],
  unknown: ["cannot be told from here", "medium"],
  met: ["met", "good"],
} as const;

/** What was read of a project; nothing in a scan of an endpoint alone. */
export function projectHtml({ project }: Report): string {
  if (project === undefined) return "";
  const { lockfiles, libraries, linted, policies, advisories } = project;
  const read = [
    ...lockfiles.map(
      ({ file, format, packages }) => ["Lockfile", `${file} (${format}), ${packages} packages`] as const,
    ),
    ...(linted === null ? [] : [["Lint", `${linted.files} files, by ${linted.by}`] as const]),
    ...policies.map((policy) => ["Policy", policy] as const),
    ...(advisories === null
      ? []
      : [
          [
            "Advisories",
            `${advisories.count}, compared with their sources on ${advisories.checked}`,
          ] as const,
        ]),
  ];
  const list = read.map(([name, text]) => `<dt>${name}</dt><dd>${escapeMarkup(text)}</dd>`).join("\n");
  const rows = libraries.map(libraryRow).join("\n");
  const table =
    libraries.length === 0
      ? ""
      : `<details open><summary>WebSocket libraries (${libraries.length})</summary>\n<ul>\n${rows}\n</ul></details>`;
  return `<dl>\n${list}\n</dl>\n${table}`;
}

function libraryRow({ name, version, how, paths, advisories }: LibrarySummary): string {
  const ways = paths.length === 0 ? "nothing asks for it" : paths.join("; ");
  const known = advisories.length === 0 ? "" : ` <b>${escapeMarkup(advisories.join(", "))}</b>`;
  return `<li><code>${escapeMarkup(`${name} ${version}`)}</code>, ${how}: ${escapeMarkup(ways)}${known}</li>`;
}

/** The requirements, what is not met first; nothing where there are none. */
export function checklistHtml({ checklist = [] }: Report): string {
  if (checklist.length === 0) return "";
  const items = (["not met", "unknown", "met"] as const).flatMap((state) =>
    checklist.filter((item) => item.state === state).map(itemHtml),
  );
  return `<h2>OWASP ASVS 5.0.0, requirements on WebSockets</h2>\n${items.join("\n")}`;
}

function itemHtml({ requirement, level, title, state, evidence }: ChecklistItem): string {
  const [words, tone] = STATES[state];
  const lines = evidence.map((line) => `<li>${escapeMarkup(line)}</li>`).join("");
  return `<details${state === "not met" ? " open" : ""} class="${tone}"><summary><span class="tone">${words}</span> ${escapeMarkup(requirement)}, level ${level}: ${escapeMarkup(title)}</summary>\n<ul>${lines}</ul></details>`;
}
