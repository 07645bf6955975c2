import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Folders of what is installed or built, which are not looked into. */
export const skippedFolders: ReadonlySet<string> = new Set([
  "node_modules",
  "dist",
  "build",
  "coverage",
  "vendor",
]);

/** The most folders that are looked into. */
const MAX_FOLDERS = 20_000;

/** Files below a folder whose names fit, by their paths from there, with `/`; not those that are installed, built or hidden. */
export async function findFiles(
  directory: string,
  fits: (name: string) => boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  const folders = [""];
  for (const folder of folders) {
    const entries = await readdir(join(directory, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (
        entry.isDirectory() &&
        !skippedFolders.has(entry.name) &&
        !entry.name.startsWith(".") &&
        folders.length < MAX_FOLDERS
      )
        folders.push(path);
      else if (entry.isFile() && fits(entry.name)) found.push(path);
    }
  }
  return found;
}
