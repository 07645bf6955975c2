import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { dataDirectory } from "./data-directory.ts";
import { preparePrivateDirectory, readIfThere, writeWhole } from "./private-files.ts";

const KEY_BYTES = 32;

/** Where the master key of journals is that were asked for by a flag alone: with this user's own files. */
export function ownJournalKeyFile(): string {
  return join(dataDirectory("journal-key"), "journal.key");
}

/** Makes that key where there is none; whether it did. @throws where the file cannot be read or written */
export async function makeOwnJournalKey(): Promise<boolean> {
  const file = ownJournalKeyFile();
  await preparePrivateDirectory(dataDirectory("journal-key"), "the key of the journal");
  if ((await readIfThere(file)) !== null) return false;
  await writeWhole(file, `${randomBytes(KEY_BYTES).toString("base64")}\n`, { mode: 0o600, exclusive: true });
  return true;
}
