import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { memberOf, textOf } from "../dependencies/record-of.ts";

/** The folder of a package that is installed for a project, or else beside the scanner; null where there is none. */
export function packageFolder(directory: string, name: string): string | null {
  for (const from of [join(resolve(directory), "package.json"), import.meta.url]) {
    // The folders of Node's own search: not every package lets its manifest be resolved.
    for (const folder of createRequire(from).resolve.paths(name) ?? []) {
      const found = join(folder, name);
      if (existsSync(join(found, "package.json"))) return found;
    }
  }
  return null;
}

/** The script of a command that a package brings; null where it has no such. */
export function commandOf(folder: string, name: string): string | null {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const bin = memberOf(manifest, "bin");
  const path = typeof bin === "string" ? bin : textOf(bin, name);
  return path === undefined ? null : join(folder, path);
}

/** What a program imports of a package: what it publishes, or the source in a checkout where nothing is built. */
export function entryOf(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const exported = memberOf(memberOf(manifest, "exports"), ".") ?? memberOf(manifest, "exports");
  const paths = ["default", "import", "node", "sallyport-source"].flatMap(
    (condition) => textOf(exported, condition) ?? [],
  );
  const named = [
    typeof exported === "string" ? exported : null,
    ...paths,
    textOf(manifest, "main") ?? null,
    "index.js",
  ];
  const found = named
    .flatMap((path) => (path === null ? [] : [join(folder, path)]))
    .find((path) => existsSync(path));
  return found ?? join(dirname(join(folder, "package.json")), "index.js");
}
