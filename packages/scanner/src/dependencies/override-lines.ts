import { major, valid } from "semver";
import type { FoundLibrary } from "./find-libraries.ts";

/**
 * What stands in `package.json` to have another version of a package: an override, in the words of the package manager; of a package that the
 * project asks for itself, the command that updates it. Null where nothing can: inside another package, only its author can.
 */
export function overrideLines(found: readonly FoundLibrary[], version: string): string | null {
  const [first] = found;
  if (first === undefined) return null;
  const { lockfile } = first;
  const name = first.package.alias ?? first.package.name;
  const range = `^${version}`;
  const open = found.filter(({ how }) => how !== "bundled");
  if (open.length === 0) return null;
  const lines: string[] = [];
  if (open.some(({ how }) => how === "direct")) lines.push(`${COMMANDS[lockfile.manager]} ${name}@${range}`);
  const parents = [...new Set(open.flatMap(({ paths }) => paths).flatMap((path) => path.slice(-2, -1)))];
  if (parents.length > 0)
    lines.push(
      JSON.stringify(overrides(lockfile.manager, { name, range, parents, isOne: isOneMajor(first) })),
    );
  return lines.join("\n");
}

const COMMANDS = { npm: "npm install", pnpm: "pnpm add", yarn: "yarn add" } as const;

interface Wanted {
  readonly name: string;
  readonly range: string;
  /** What asks for it. */
  readonly parents: readonly string[];
  /** The project has it in one major alone: the override may be of all. */
  readonly isOne: boolean;
}

function overrides(manager: "npm" | "pnpm" | "yarn", { name, range, parents, isOne }: Wanted): object {
  switch (manager) {
    case "npm":
      return {
        overrides: isOne
          ? { [name]: range }
          : Object.fromEntries(parents.map((parent) => [parent, { [name]: range }])),
      };
    case "pnpm":
      return {
        pnpm: {
          overrides: isOne
            ? { [name]: range }
            : Object.fromEntries(parents.map((parent) => [`${parent}>${name}`, range])),
        },
      };
    case "yarn":
      return {
        resolutions: isOne
          ? { [name]: range }
          : Object.fromEntries(parents.map((parent) => [`${parent}/${name}`, range])),
      };
  }
}

/** Whether a lockfile has a package in one major alone. */
function isOneMajor({ lockfile, package: { name } }: FoundLibrary): boolean {
  const majors = new Set(
    [...lockfile.packages.values()]
      .filter((each) => each.name === name)
      .map(({ version }) => (valid(version) === null ? version : major(version))),
  );
  return majors.size === 1;
}
