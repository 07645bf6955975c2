import { linkSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../has-code.ts";
import type { Keyring } from "./journal-keys.ts";
import { PayloadKeys } from "./payload-keys.ts";
import { syncDirectory, writeDurably } from "./write-durably.ts";

/** The file beside payload keys that says whose they are: the id of a journal, and a line feed. */
const MARK = "journal";

/**
 * Marks a directory of payload keys as a journal's own, and makes it where it is not there. Retention and `erase` destroy keys by day
 * and by user: of two journals that share them each would destroy the other's.
 *
 * @returns why it cannot be: it is another journal's, or holds none but keys that this one did not make
 * @throws where the disk fails
 */
export function claimPayloadKeys(directory: string, keyring: Keyring): string | null {
  const owner = ownerOfPayloadKeys(directory);
  if (owner !== null) return owner === keyring.journal ? null : othersProblem(directory);
  if (new PayloadKeys(directory, keyring).areForeign()) return othersProblem(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // It appears with what is in it, and only once: somebody else may be doing the same.
  const own = join(directory, `${MARK}.${process.pid}`);
  writeDurably(own, `${keyring.journal}\n`);
  try {
    linkSync(own, join(directory, MARK));
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(own, { force: true });
  }
  syncDirectory(directory);
  return ownerOfPayloadKeys(directory) === keyring.journal ? null : othersProblem(directory);
}

/** The id of the journal whose payload keys are in a directory; `null` where none is marked there. @throws where that cannot be read */
export function ownerOfPayloadKeys(directory: string): string | null {
  try {
    return readFileSync(join(directory, MARK), "utf8").trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

function othersProblem(directory: string): string {
  return `the payload keys in ${directory} are another journal's, and each would destroy the other's: give this one a directory of its own`;
}
