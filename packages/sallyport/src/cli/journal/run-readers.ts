import { listReaders, revokeReader } from "../../journal/reader-key.ts";
import { renderTable } from "../table.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { findPlace, type PlaceOptions } from "./journal-place.ts";
import { openMaster } from "./open-master.ts";
import { refuse } from "./refuse.ts";
import { tellWriter } from "./tell-writer.ts";

/** What the commands on readers take. */
export interface ReadersOptions extends PlaceOptions {
  readonly json: boolean;
}

/** `sallyport journal readers`: who was given a key, by what stands in the journal's own file. */
export async function runReaders(options: ReadersOptions, terminal: Terminal): Promise<number> {
  const found = await findPlace(options, terminal.directory);
  if (!found.ok) return refuse(found.problem, terminal, exitCodes.usage);
  try {
    const readers = await listReaders(found.place.directory);
    const rows = readers.map(({ id, role }) => [id, role]);
    terminal.out(
      options.json ? `${JSON.stringify({ readers })}\n` : renderTable(["READER", "ROLE"], rows, terminal),
    );
    return exitCodes.done;
  } catch (error) {
    return refuse(
      `expected a journal in ${found.place.directory}: ${(error as Error).message}`,
      terminal,
      exitCodes.usage,
    );
  }
}

/** `sallyport journal revoke-reader ID`: what is written from now on, the reader does not open. */
export async function runRevokeReader(
  id: string,
  options: ReadersOptions,
  terminal: Terminal,
): Promise<number> {
  const opened = await openMaster(options, terminal.directory);
  if (!opened.ok) return refuse(opened.problem, terminal, exitCodes.usage);
  const { place, master } = opened;
  try {
    const revoked = await revokeReader(place.directory, master, id);
    if (!revoked.ok) return refuse(revoked.problem, terminal, exitCodes.usage);
    const { role, remains, handover } = revoked;
    const words = `reader ${id} (${role}) opens nothing that is written from now on\n`;
    terminal.out(options.json ? `${JSON.stringify({ reader: id, role, remains })}\n` : words);
    terminal.err(`${remains}\n`);
    const change = { change: "revoked", reader: id, role } as const;
    return await tellWriter({ place, master, handover, change }, terminal);
  } catch (error) {
    return refuse(`the reader was not revoked: ${(error as Error).message}`, terminal, exitCodes.usage);
  }
}
