import { tellKeys } from "../../hosts/record-reading.ts";
import type { KeysChange } from "../../journal/journal-record.ts";
import type { MasterKey } from "../../journal/master-key.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { accessOf } from "./load-journal-key.ts";
import type { JournalPlace } from "./journal-place.ts";
import { refuse } from "./refuse.ts";
import { userOfSystem } from "./user-of-system.ts";

/** Keys of a journal that were changed. */
export interface ChangedKeys {
  readonly place: JournalPlace;
  /** The one that opens them now. */
  readonly master: MasterKey;
  readonly handover: Uint8Array;
  readonly change: Omit<KeysChange, "by">;
}

/** Tells whoever writes the journal that its keys were changed, so that it is recorded; answers the command's exit code. */
export async function tellWriter(
  { place, master, handover, change }: ChangedKeys,
  terminal: Terminal,
): Promise<number> {
  const told = await tellKeys(accessOf(place, master), {
    handover,
    change: { ...change, by: userOfSystem() },
  });
  if (told.ok) return exitCodes.done;
  const still = "the keys are changed, and a gate that runs goes on with those before until it begins anew";
  return refuse(`${still}: ${told.problem}`, terminal, exitCodes.unreachable);
}
