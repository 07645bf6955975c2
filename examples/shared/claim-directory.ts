import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Holds the number of the process whose files a directory has. */
const CLAIM = "example.pid";

/**
 * Takes a directory for this process's files, so that a second example does not write over those of one that runs. Returns what gives
 * it back. What a process that has ended left behind is taken over.
 *
 * @throws where a process that runs has it
 */
export async function claimDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, CLAIM);
  const owner = Number(await readFile(file, "utf8").catch(() => ""));
  if (owner !== process.pid && runs(owner))
    throw new Error(`it runs already, as process ${owner}: end that, or add "-- --directory OTHER"`);
  await writeFile(file, String(process.pid));
  return async () => await rm(file, { force: true });
}

function runs(owner: number): boolean {
  if (!Number.isSafeInteger(owner) || owner <= 0) return false;
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    // Somebody else's process runs, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
