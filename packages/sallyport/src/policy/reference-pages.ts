import type { ErrorRow } from "../errors.ts";
import { unitExamples, type ReferenceEntry } from "./reference.ts";

const GENERATED = "<!-- Generated from the source by `npm run docs`: edit the schema, not this page. -->";

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

// Each guard has a section; so have the parts of the frame that hold keys; the rest stands under its parent.
function sectionOf(key: string, entries: readonly ReferenceEntry[]): string {
  const [first = key, second] = key.split(".");
  const inner = `${first}.${second}`;
  const hasKeys = (name: string): boolean => entries.some((entry) => entry.key.startsWith(`${name}.`));
  if (first === "routes[]" && second !== undefined && hasKeys(inner)) return second;
  const part = first.replace("[]", "");
  return hasKeys(first) || hasKeys(`${first}[]`) ? part : "top level";
}

function entryRow(entry: ReferenceEntry): string {
  const fallback = entry.default === null ? (entry.required ? "*required*" : "") : `\`${entry.default}\``;
  return row([`\`${entry.key}\``, entry.type, fallback, entry.description]);
}

/** The page `docs/reference/configuration.md`: every key, a section for each part and each guard. */
export function renderConfigurationPage(entries: readonly ReferenceEntry[]): string {
  const sections = new Map<string, ReferenceEntry[]>();
  for (const entry of entries) {
    const name = sectionOf(entry.key, entries);
    sections.set(name, [...(sections.get(name) ?? []), entry]);
  }
  const units = Object.entries(unitExamples).map(([unit, text]) => `- **${unit}**: ${text}`);
  const tables = [...sections].map(([name, rows]) =>
    [
      `## ${name}`,
      "",
      row(["key", "type", "default", "what it does"]),
      "|---|---|---|---|",
      ...rows.map(entryRow),
    ].join("\n"),
  );
  return `${[
    GENERATED,
    "# Configuration",
    "Every key of `sallyport.yaml` (or `.json`, or `sallyport.config.ts` with `defineConfig`). `[]` stands for each entry of a list. " +
      "`sallyport explain KEY` prints a row of this page; `sallyport check FILE` finds every mistake in a file.",
    "`${env:NAME}` and `${file:path}` in a string are filled in when the file is loaded. Relative paths are relative to the file. " +
      "`off` may be written as `false`.",
    units.join("\n"),
    ...tables,
  ].join("\n\n")}\n`;
}

/** The page `docs/reference/errors.md`: every code of the registry. */
export function renderErrorsPage(rows: Readonly<Record<string, ErrorRow>>): string {
  const lines = Object.entries(rows).map(([code, { kind, status, close, retry, message, mend }]) =>
    row([
      `\`${code}\``,
      kind,
      status === null ? "" : String(status),
      close === null ? "" : String(close),
      retry ? "yes" : "no",
      message,
      mend,
    ]),
  );
  return `${[
    GENERATED,
    "# Errors",
    "Every code that the gate logs, what the peer is told (an HTTP status before the upgrade, a close code after it), whether the peer may come back, and how to allow it. " +
      "The peer learns the number and an incident id, nothing more.",
    [
      row(["code", "kind", "status", "close", "retry", "what happened", "how to mend it"]),
      "|---|---|---|---|---|---|---|",
      ...lines,
    ].join("\n"),
  ].join("\n\n")}\n`;
}
