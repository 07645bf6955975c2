import { readFile } from "node:fs/promises";
import { valid, validRange } from "semver";
import { cvssScore } from "../cvss-score.ts";
import { severities, type Severity } from "../severity.ts";
import { entriesOf, memberOf, stringsOf, textOf } from "./record-of.ts";

/** A known hole of a library. */
export interface Advisory {
  /** As it is called: of GitHub first, where it has one. */
  readonly ids: readonly [string, ...string[]];
  readonly package: string;
  /** Ranges of versions, as npm writes them; one of them is enough. */
  readonly affected: readonly string[];
  /** The first version of each line that is mended; empty where none is. */
  readonly fixed: readonly string[];
  readonly severity: Severity;
  /** The base vector of CVSS 3.1. */
  readonly cvss: string;
  /** Who chose the vector: the database, or this project, where that gives none. */
  readonly cvssBy: "database" | "sallyport";
  /** One line. */
  readonly summary: string;
  readonly source: string;
  /** What the ranges do not say, such as that a fix was none. */
  readonly note?: string;
}

/** What is known of libraries: `advisories.json`, whose form is `advisories.schema.json`. */
export interface Advisories {
  /** The day on which it was compared with its sources. */
  readonly checked: string;
  /** Every package that is looked for, with the newest version of each major on that day; empty where that is not known. */
  readonly libraries: ReadonlyMap<string, readonly string[]>;
  readonly advisories: readonly Advisory[];
}

/** The file that comes with the package. */
export const shippedAdvisories: URL = new URL("../../advisories.json", import.meta.url);

/** Reads advisories from a file. Rejects with an error that says what is wrong with it. */
export async function loadAdvisories(file: URL | string): Promise<Advisories> {
  return parseAdvisories(await readFile(file, "utf8"));
}

/** Reads advisories. Throws an error that says which is wrong, and in what: a file that is half understood would let holes pass. */
export function parseAdvisories(text: string): Advisories {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    throw new Error("the advisories are not JSON");
  }
  if (memberOf(said, "version") !== 1) throw new Error("the advisories are of a version that is not known");
  const checked = textOf(said, "checked") ?? "";
  if (!/^\d{4}-\d{2}-\d{2}$/.test(checked) || Number.isNaN(Date.parse(checked)))
    throw new Error("the advisories do not say when they were `checked`");
  const listed = memberOf(said, "advisories");
  if (!Array.isArray(listed)) throw new Error("the advisories have no list of `advisories`");
  const libraries = new Map(
    entriesOf(memberOf(said, "libraries")).map(([name, versions]) => [name, stringsOf(versions)]),
  );
  if (libraries.size === 0) throw new Error("the advisories name no `libraries` to look for");
  return { checked, libraries, advisories: listed.map(advisoryOf) };
}

function advisoryOf(said: unknown, index: number): Advisory {
  const wrong = (what: string): Error => new Error(`advisories[${index}] ${what}`);
  const text = (name: string): string => {
    const value = textOf(said, name);
    if (value === undefined || value === "") throw wrong(`needs a \`${name}\``);
    return value;
  };
  const [id, ...others] = stringsOf(memberOf(said, "ids"));
  if (id === undefined) throw wrong("needs its `ids`");
  const affected = stringsOf(memberOf(said, "affected"));
  const range = affected.find((each) => validRange(each) === null);
  if (affected.length === 0 || range !== undefined)
    throw wrong(`has a range that npm does not know: ${String(range)}`);
  const fixed = stringsOf(memberOf(said, "fixed"));
  const version = fixed.find((each) => valid(each) === null);
  if (version !== undefined) throw wrong(`has a version that is none: ${version}`);
  const severity = severities.find((each) => each === textOf(said, "severity"));
  if (severity === undefined) throw wrong(`needs a \`severity\`: ${severities.join(", ")}`);
  const cvss = text("cvss");
  cvssScore(cvss);
  const source = text("source");
  if (!source.startsWith("https://")) throw wrong("needs an https: address as its `source`");
  const note = textOf(said, "note");
  return {
    ids: [id, ...others],
    package: text("package"),
    affected,
    fixed,
    severity,
    cvss,
    cvssBy: textOf(said, "cvssBy") === "database" ? "database" : "sallyport",
    summary: text("summary"),
    source,
    ...(note === undefined ? {} : { note }),
  };
}
