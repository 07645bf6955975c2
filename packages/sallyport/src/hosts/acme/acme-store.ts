import { createHash } from "node:crypto";
import { mkdir, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../has-code.ts";
import { preparePrivateDirectory, readIfThere, writeWhole } from "../private-files.ts";

/** What keeps other nodes from doing the same. */
export interface AcmeLock {
  /** Keeps them from it for so much longer, milliseconds, if it can be told that this node still lives; else lets them. Never rejects. */
  keep(forMs: number): Promise<void>;
  /** Lets them. Never rejects. */
  release(): Promise<void>;
}

/**
 * Where the account's key and the certificates of an ACME authority are kept, for every node that serves them. Names are short and
 * of `a-z`, `0-9` and `-`; texts are secret.
 */
export interface AcmeStore {
  /** The text of that name; `null`: there is none. Rejects when that cannot be said. */
  load(name: string): Promise<string | null>;
  /** Keeps a text, whole or not at all. Resolves when it survives a crash. @param forMs after which it may be forgotten. Default: never */
  save(name: string, text: string, forMs?: number): Promise<void>;
  /** Forgets a text. */
  remove(name: string): Promise<void>;
  /** Keeps other nodes from doing the same for `forMs` milliseconds; `null`: another one does it. */
  lock(name: string, forMs: number): Promise<AcmeLock | null>;
}

/** A name of a store for something longer, such as a URL. */
export function acmeName(kind: string, of: string): string {
  return `${kind}-${createHash("sha256").update(of).digest("hex").slice(0, 32)}`;
}

/**
 * A store of files in a directory for its owner alone (0700, files 0600), written whole or not at all. Nodes share it by sharing the directory.
 * A lock is a file that counts until its time is over, so that whoever dies with it keeps nobody out for long. Two that find it overdue in the same
 * moment may both take it: then a certificate is had twice, and nothing worse.
 */
export function createFileStore(directory: string): AcmeStore {
  const fileOf = (name: string): string => join(directory, `${name}.json`);
  let prepared: Promise<void> | null = null;
  const prepare = async (): Promise<void> => {
    prepared ??= preparePrivateDirectory(directory, "acme storage");
    await prepared.catch((error: unknown) => {
      prepared = null;
      throw error;
    });
  };
  return {
    load: async (name) => await readIfThere(fileOf(name)),
    async save(name, text) {
      await prepare();
      // The directory may have been taken away since.
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeWhole(fileOf(name), text, { mode: 0o600, exclusive: false });
    },
    async remove(name) {
      await rm(fileOf(name), { force: true });
    },
    async lock(name, forMs) {
      await prepare();
      const file = join(directory, `${name}.lock`);
      return (await take(file)) ?? ((await isOverdue(file, forMs)) ? await retake(file) : null);
    },
  };
}

async function take(file: string): Promise<AcmeLock | null> {
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.close();
  } catch (error) {
    if (hasCode(error, "EEXIST")) return null;
    throw error;
  }
  const release = async (): Promise<void> => await rm(file, { force: true }).catch(() => {});
  // A file does not tell whether whoever has it lives.
  return { keep: release, release };
}

async function retake(file: string): Promise<AcmeLock | null> {
  await rm(file, { force: true });
  return await take(file);
}

async function isOverdue(file: string, forMs: number): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  return found === null || Date.now() - found.mtimeMs > forMs;
}
