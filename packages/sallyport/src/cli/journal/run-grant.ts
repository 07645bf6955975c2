import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { grantReader, writeReaderKey } from "../../journal/reader-key.ts";
import { type ReaderRole, readerRoles } from "../../journal/role-keys.ts";
import { printable } from "../printable.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import type { PlaceOptions } from "./journal-place.ts";
import { openMaster } from "./open-master.ts";
import { refuse } from "./refuse.ts";
import { tellWriter } from "./tell-writer.ts";

/** What `journal grant` takes beside the role. */
export interface GrantOptions extends PlaceOptions {
  /** The file of the reader's key, which is not there yet. */
  readonly to: string;
  readonly json: boolean;
}

/** `sallyport journal grant ROLE --to FILE`: a key with which somebody reads what a role may, and changes nothing. */
export async function runGrant(role: string, options: GrantOptions, terminal: Terminal): Promise<number> {
  if (!isRole(role)) return refuse(`expected one of ${readerRoles.join(", ")}`, terminal, exitCodes.usage);
  const opened = await openMaster(options, terminal.directory);
  if (!opened.ok) return refuse(opened.problem, terminal, exitCodes.usage);
  const { place, master } = opened;
  const file = resolve(terminal.directory, options.to);
  // Looked at first: a reader whose key was not written cannot be given it again.
  if (await isThere(file))
    return refuse(`--to ${file} is there already: name a new one`, terminal, exitCodes.usage);
  try {
    const granted = await grantReader(place.directory, master, role);
    if (!granted.ok) return refuse(granted.problem, terminal, exitCodes.usage);
    const { reader, handover } = granted;
    writeReaderKey(file, reader);
    const words = `reader ${reader.id} (${role}) reads with ${printable(file)}: give it to them, and keep no copy\n`;
    terminal.out(options.json ? `${JSON.stringify({ reader: reader.id, role, file })}\n` : words);
    const change = { change: "granted", reader: reader.id, role } as const;
    return await tellWriter({ place, master, handover, change }, terminal);
  } catch (error) {
    return refuse(`no reader's key was given: ${(error as Error).message}`, terminal, exitCodes.usage);
  }
}

function isRole(role: string): role is ReaderRole {
  return readerRoles.some((known) => known === role);
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
