import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Finding } from "./config-issues.ts";
import type { KeyPath } from "./problem.ts";

/** What stands in the way of a file that is to be written: a directory of its name, or none to hold it. @param file absolute */
export async function checkFilePlace(path: KeyPath, file: string): Promise<readonly Finding[]> {
  const [own, parent] = await Promise.all(
    [file, dirname(file)].map(async (place) => await stat(place).catch(() => null)),
  );
  if (own?.isDirectory() === true)
    return [{ path, found: `a directory at ${file}`, expected: "the name of a file", mend: "" }];
  if (parent?.isDirectory() === true) return [];
  return [
    { path, found: `no directory at ${dirname(file)}`, expected: "a directory for the file", mend: "" },
  ];
}
