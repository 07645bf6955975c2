import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { problemOf } from "../problem-of.ts";
import { type Lockfile, LockfileError, type LockfileText } from "./lockfile.ts";
import { parseNpmLock } from "./parse-npm-lock.ts";
import { parsePnpmLock } from "./parse-pnpm-lock.ts";
import { parseYarnLock } from "./parse-yarn-lock.ts";
import { entriesOf, memberOf } from "./record-of.ts";

const PARSERS: ReadonlyMap<string, (source: LockfileText) => Lockfile> = new Map([
  ["npm-shrinkwrap.json", parseNpmLock],
  ["package-lock.json", parseNpmLock],
  ["pnpm-lock.yaml", parsePnpmLock],
  ["yarn.lock", parseYarnLock],
]);

/** Names that a lockfile may have. */
export const lockfileNames: readonly string[] = [...PARSERS.keys()];

/** The largest lockfile that is read, in bytes. */
export const MAX_LOCKFILE_BYTES: number = 64 * 1024 * 1024;

/** What was found in a folder: every lockfile is read whole, or is a problem. */
export interface LoadedLockfiles {
  readonly lockfiles: readonly Lockfile[];
  /** Why one was not read, by its name. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Reads the lockfiles of a folder. One that is malformed, unknown or too large is a problem, and never half read. */
export async function loadLockfiles(directory: string): Promise<LoadedLockfiles> {
  const lockfiles: Lockfile[] = [];
  const problems = new Map<string, string>();
  const wanted = await wantedBy(join(directory, "package.json"));
  for (const [file, parse] of PARSERS) {
    try {
      const text = await readBounded(join(directory, file), file);
      if (text !== null) lockfiles.push(parse({ file, text, wanted }));
    } catch (error) {
      problems.set(file, problemOf(error));
    }
  }
  return { lockfiles, problems };
}

async function readBounded(path: string, file: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  if (!found.isFile()) throw new LockfileError(`${file} is no file`);
  if (found.size > MAX_LOCKFILE_BYTES)
    throw new LockfileError(`${file} is larger than ${MAX_LOCKFILE_BYTES} bytes`);
  return await readFile(path, "utf8");
}

async function wantedBy(path: string): Promise<ReadonlyMap<string, string>> {
  try {
    const manifest: unknown = JSON.parse(await readFile(path, "utf8"));
    return new Map(
      ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
        entriesOf(memberOf(manifest, kind)).map(([name, range]) => [name, String(range)] as const),
      ),
    );
  } catch {
    return new Map();
  }
}
