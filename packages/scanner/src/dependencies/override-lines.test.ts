import { describe, expect, it } from "vitest";
import { findLibraries } from "./find-libraries.ts";
import { overrideLines } from "./override-lines.ts";
import type { LockedPackage, Lockfile } from "./lockfile.ts";

const locked = (key: string, version: string, ...dependencies: string[]): LockedPackage => ({
  key,
  name: key.split("@", 1)[0] ?? "",
  alias: null,
  version,
  dependencies,
  isBundled: false,
  line: 1,
});

const lines = (
  manager: Lockfile["manager"],
  roots: readonly string[],
  packages: readonly LockedPackage[],
) => {
  const lockfile: Lockfile = {
    file: "",
    manager,
    format: "",
    roots,
    hidden: [],
    packages: new Map(packages.map((each) => [each.key, each])),
  };
  const found = findLibraries(lockfile, new Set(["ws"])).filter(({ package: { version } }) =>
    version.startsWith("8."),
  );
  return overrideLines(found, "8.23.0")?.split("\n");
};

const parent = locked("engine.io@6", "6.6.0", "ws@8");
const ws = locked("ws@8", "8.17.0");
const old = locked("ws@7", "7.5.14");

describe("overrideLines", () => {
  it.for([
    ["npm", ['{"overrides":{"ws":"^8.23.0"}}'], ['{"overrides":{"engine.io":{"ws":"^8.23.0"}}}']],
    [
      "pnpm",
      ['{"pnpm":{"overrides":{"ws":"^8.23.0"}}}'],
      ['{"pnpm":{"overrides":{"engine.io>ws":"^8.23.0"}}}'],
    ],
    ["yarn", ['{"resolutions":{"ws":"^8.23.0"}}'], ['{"resolutions":{"engine.io/ws":"^8.23.0"}}']],
  ] as const)(
    "are of %s: of all, or of one where the project has another major too",
    ([manager, ofAll, ofOne]) => {
      expect(lines(manager, ["engine.io@6"], [parent, ws])).toEqual(ofAll);
      expect(lines(manager, ["engine.io@6", "ws@7"], [parent, ws, old])).toEqual(ofOne);
    },
  );

  it("are the command that updates what the project asks for itself", () => {
    expect(lines("npm", ["ws@8"], [ws])).toEqual(["npm install ws@^8.23.0"]);
    expect(lines("pnpm", ["ws@8", "engine.io@6"], [parent, ws])).toEqual([
      "pnpm add ws@^8.23.0",
      '{"pnpm":{"overrides":{"ws":"^8.23.0"}}}',
    ]);
  });

  it("are none for what comes inside another package", () => {
    expect(lines("npm", ["tool"], [{ ...ws, isBundled: true }])).toBeUndefined();
  });
});
