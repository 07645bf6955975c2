import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { rotateMasterKey } from "../../journal/keyring.ts";
import { readMasterKey } from "../../journal/master-key.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { type PlaceOptions, readKeyText } from "./journal-place.ts";
import { openMaster } from "./open-master.ts";
import { refuse } from "./refuse.ts";

/** What `journal rotate-key` takes. */
export interface RotateKeyOptions extends PlaceOptions {
  /** The file of the new master key, which is made where there is none. */
  readonly to: string;
  readonly json: boolean;
}

/**
 * `sallyport journal rotate-key --to FILE`: from now on another master key opens the journal, what is written from then on is sealed with
 * new keys, and nothing is written again. The gate needs the new key at its next start.
 */
export async function runRotateKey(options: RotateKeyOptions, terminal: Terminal): Promise<number> {
  const opened = await openMaster(options, terminal.directory);
  if (!opened.ok) return refuse(opened.problem, terminal, exitCodes.usage);
  const file = resolve(terminal.directory, options.to);
  const made = await makeKey(file);
  if (typeof made === "string") return refuse(`--to ${file}: ${made}`, terminal, exitCodes.usage);
  const text = await readKeyText({ file });
  const to = text.ok ? readMasterKey(text.text) : text;
  if (!to.ok) return refuse(`--to ${file}: ${to.problem}`, terminal, exitCodes.usage);
  if (to.key.id === opened.master.id)
    return refuse(
      `--to ${file}: it is the key in use: name a file that is not there`,
      terminal,
      exitCodes.usage,
    );
  const { directory } = opened.place;
  try {
    const rotated = await rotateMasterKey(directory, opened.master, to.key);
    if (rotated === null) return refuse(`there is no journal in ${directory}`, terminal, exitCodes.usage);
    if (!rotated.ok) return refuse(rotated.problem, terminal, exitCodes.usage);
  } catch (error) {
    return refuse(`the key was not changed: ${(error as Error).message}`, terminal, exitCodes.usage);
  }
  const answer = { from: opened.master.id, to: to.key.id, file, made };
  terminal.out(
    options.json
      ? `${JSON.stringify(answer)}\n`
      : `${made ? `made ${file}; keep a copy elsewhere, without it nothing can be read\n` : ""}the journal is opened by ${to.key.id} now, and not by ${opened.master.id}\n`,
  );
  terminal.err(
    `Write: journal: { keyFile: ${file}, … }. Who has the old key and an old copy of keyring.json still reads what was written until now\n`,
  );
  return exitCodes.done;
}

/** Makes a master key where there is no file; whether it did, or why it cannot. */
async function makeKey(file: string): Promise<boolean | string> {
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${randomBytes(32).toString("base64")}\n`);
      // Before anything is wrapped with it.
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EEXIST" ? false : `expected a file that can be made: ${code}`;
  }
}
