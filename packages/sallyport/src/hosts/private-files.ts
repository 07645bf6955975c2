import { randomBytes } from "node:crypto";
import { chmod, link, lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hasCode } from "../has-code.ts";

/** The text of a file; `null` where there is none. @throws where it cannot be read */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** Writes a whole file or none. `exclusive`: a file that is already there stays, whoever wrote it first. */
export async function writeWhole(
  file: string,
  text: string,
  how: { readonly mode: number; readonly exclusive: boolean },
): Promise<void> {
  const temporary = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    await writeFile(temporary, text, { mode: how.mode, flag: "wx", flush: true });
    await (how.exclusive ? link(temporary, file) : rename(temporary, file));
  } catch (error) {
    const lost = how.exclusive && hasCode(error, "EEXIST");
    if (!lost) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Makes a directory for its owner alone, and refuses one that somebody else could have prepared.
 *
 * @param purpose what it is for, in the error
 */
export async function preparePrivateDirectory(directory: string, purpose: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  const owner = process.getuid?.();
  if (!found.isDirectory() || (owner !== undefined && found.uid !== owner))
    throw new Error(`${purpose}: ${directory} is not a directory of this user`);
  await chmod(directory, 0o700);
}
