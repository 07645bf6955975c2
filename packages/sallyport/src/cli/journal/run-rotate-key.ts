import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { rotateMasterKey } from "../../journal/keyring.ts";
import { type MasterKey, readMasterKey } from "../../journal/master-key.ts";
import { readKeyText } from "../../policy/read-key-text.ts";
import { printable } from "../printable.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import type { PlaceOptions } from "./journal-place.ts";
import { openMaster } from "./open-master.ts";
import { refuse } from "./refuse.ts";
import { tellWriter } from "./tell-writer.ts";

/** What `journal rotate-key` takes. */
export interface RotateKeyOptions extends PlaceOptions {
  /** The file of the new master key, which is made where there is none. */
  readonly to: string;
  readonly json: boolean;
}

/**
 * `sallyport journal rotate-key --to FILE`: from now on another master key opens the journal, what is written from then on is sealed with
 * new keys, by a gate that runs as well, and nothing is written again. The gate needs the new key at its next start.
 */
export async function runRotateKey(options: RotateKeyOptions, terminal: Terminal): Promise<number> {
  const opened = await openMaster(options, terminal.directory);
  if (!opened.ok) return refuse(opened.problem, terminal, exitCodes.usage);
  const { place, master } = opened;
  const file = resolve(terminal.directory, options.to);
  const given = await newKey(file);
  if (!given.ok) return refuse(`--to ${file}: ${given.problem}`, terminal, exitCodes.usage);
  const { key, made } = given;
  if (key.id === master.id)
    return refuse(
      `--to ${file}: it is the key in use: name a file that is not there`,
      terminal,
      exitCodes.usage,
    );
  try {
    const rotated = await rotateMasterKey(place.directory, master, key);
    if (rotated === null)
      return refuse(`there is no journal in ${place.directory}`, terminal, exitCodes.usage);
    if (!rotated.ok) return refuse(rotated.problem, terminal, exitCodes.usage);
    terminal.out(describe({ from: master.id, to: key.id, file, made }, options.json));
    terminal.err(`Write: journal: { keyFile: ${printable(file)}, … } before the gate's next start\n`);
    terminal.err(
      "Who has the old key and an old copy of keyring.json still reads what was written until now\n",
    );
    const change = { change: "rotated", reader: null, role: null } as const;
    return await tellWriter({ place, master: key, handover: rotated.handover, change }, terminal);
  } catch (error) {
    return refuse(`the key was not changed: ${(error as Error).message}`, terminal, exitCodes.usage);
  }
}

interface Rotated {
  readonly from: string;
  readonly to: string;
  readonly file: string;
  readonly made: boolean;
}

function describe(rotated: Rotated, json: boolean): string {
  if (json) return `${JSON.stringify(rotated)}\n`;
  const { from, to, file, made } = rotated;
  const making = made
    ? `made ${printable(file)}; keep a copy elsewhere, without it nothing can be read\n`
    : "";
  return `${making}the journal is opened by ${to} now, and not by ${from}\n`;
}

type NewKey =
  | { readonly ok: true; readonly key: MasterKey; readonly made: boolean }
  | { readonly ok: false; readonly problem: string };

/** The key of a file, which is made where there is none. */
async function newKey(file: string): Promise<NewKey> {
  const made = await makeKey(file);
  if (typeof made === "string") return { ok: false, problem: made };
  const text = await readKeyText({ file });
  const read = text.ok ? readMasterKey(text.text) : text;
  return read.ok ? { ok: true, key: read.key, made } : read;
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
