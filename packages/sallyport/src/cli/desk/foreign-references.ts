import type { ConfigDocument } from "../../policy/config-document.ts";
import { formatPath, formatPattern, type KeyPath, type Problem } from "../../policy/problem.ts";

const REFERENCE = /\$\{(?:env|file):[^{}]+\}/;

interface Place {
  readonly path: KeyPath;
  readonly text: string;
}

/**
 * Every `${env:…}` and `${file:…}` of a policy that the gate's own configuration does not have under the same key, as a problem. Whoever may try a
 * policy may not thereby read the files and the environment of the gate: a condition over what was filled in answers a question about it.
 *
 * @param own the gate's configuration; `null`: it was started with flags, which fill in nothing
 */
export function foreignReferences(
  document: ConfigDocument,
  own: Pick<ConfigDocument, "value"> | null,
): readonly Problem[] {
  const known = new Set(own === null ? [] : placesIn(own.value).map(nameOf));
  return placesIn(document.value)
    .filter((place) => !known.has(nameOf(place)))
    .map(({ path }) => problemAt(path, document));
}

function problemAt(path: KeyPath, document: ConfigDocument): Problem {
  return {
    file: document.file,
    path: formatPath(path),
    ...document.locate(path),
    found: "a reference to a file or the environment",
    expected: "one that the configuration of the gate has under the same key",
    mend: "Write the value itself, or a placeholder",
  };
}

function nameOf({ path, text }: Place): string {
  return JSON.stringify([formatPattern(path), text]);
}

function placesIn(value: unknown, path: KeyPath = []): readonly Place[] {
  if (typeof value === "string") return REFERENCE.test(value) ? [{ path, text: value }] : [];
  if (Array.isArray(value)) return value.flatMap((entry, index) => placesIn(entry, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => placesIn(entry, [...path, key]));
}
