import { readFile, stat } from "node:fs/promises";
import { readKeyBytes } from "../journal/master-key.ts";
import type { Finding } from "./config-issues.ts";
import type { KeyPath } from "./problem.ts";
import { valueAt } from "./raw-config.ts";

/** What is wrong with the key that `keyFile` or `key` of a mapping at a path gives; `null`: there is neither. */
export async function checkKey(mapping: unknown, at: KeyPath): Promise<readonly Finding[] | null> {
  const [file, text] = [valueAt(mapping, ["keyFile"]), valueAt(mapping, ["key"])];
  const named = typeof file === "string" && file !== "" ? file : null;
  const path = [...at, "key"];
  if (named !== null && text !== undefined)
    return [{ path, found: "both", expected: "either `keyFile` or `key`", mend: "" }];
  if (named !== null) {
    const content = await readFile(named, "utf8").catch(() => null);
    // That it cannot be read is found with all other files.
    return content === null ? [] : wrongKey([...at, "keyFile"], content);
  }
  if (typeof text === "string") return text === "" ? [] : wrongKey(path, text);
  return text === undefined ? null : [];
}

// What stands there is never shown: it may be a key with a letter missing.
function wrongKey(path: KeyPath, text: string): readonly Finding[] {
  const read = readKeyBytes(text);
  return read.ok ? [] : [{ path, found: read.problem, expected: "", mend: "" }];
}

/** Warns of a key's file that others than its owner may read. */
export async function checkKeyMode(path: KeyPath, keyFile: string): Promise<readonly Finding[]> {
  const found = await stat(keyFile).catch(() => null);
  if (found === null || process.platform === "win32" || (found.mode & 0o077) === 0) return [];
  const text = `others than its owner may read ${keyFile}`;
  return [{ path, found: text, expected: "", mend: `Write: chmod 600 ${keyFile}` }];
}
