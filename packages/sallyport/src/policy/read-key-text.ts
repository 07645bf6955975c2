import { readFile } from "node:fs/promises";
import type { MasterKeySource } from "./effective-config.ts";

/** The text of a key and where it is from, in words; or why it cannot be had. */
export type KeyText =
  | { readonly ok: true; readonly text: string; readonly from: string }
  | { readonly ok: false; readonly problem: string };

/** Reads a key's text; it stands nowhere in what is told of it. */
export async function readKeyText(key: MasterKeySource): Promise<KeyText> {
  if ("text" in key) return { ok: true, text: key.text, from: "the key in the configuration" };
  return await readFile(key.file, "utf8").then(
    (text): KeyText => ({ ok: true, text, from: key.file }),
    (error: NodeJS.ErrnoException): KeyText => ({
      ok: false,
      problem: `${key.file}: expected a key that can be read, found ${error.code ?? "none"}`,
    }),
  );
}
