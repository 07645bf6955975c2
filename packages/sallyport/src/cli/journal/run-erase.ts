import { eraseUser } from "../../hosts/record-reading.ts";
import { printable } from "../printable.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { accessOf } from "./load-journal-key.ts";
import type { PlaceOptions } from "./journal-place.ts";
import { openMaster } from "./open-master.ts";
import { refuse } from "./refuse.ts";

/** What `journal erase` takes. */
export interface EraseOptions extends PlaceOptions {
  /** Whose contents. */
  readonly user: string;
  /** Do not ask. */
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * `sallyport journal erase --user U`: destroys the keys of what a user said, so that nobody reads it any more, in no copy of a segment
 * either; the chain still holds, and that it was done stands in the journal. It asks first. A gate that writes the journal does it itself.
 */
export async function runErase(options: EraseOptions, terminal: Terminal): Promise<number> {
  const { user, yes, json } = options;
  const opened = await openMaster(options, terminal.directory);
  if (!opened.ok) return refuse(opened.problem, terminal, exitCodes.usage);
  const agreed = yes || (await asks(user, terminal));
  if (!agreed)
    return refuse(
      `nothing was erased: expected the user's name as the answer, or --yes`,
      terminal,
      exitCodes.usage,
    );
  const erased = await eraseUser(accessOf(opened.place, opened.master), user);
  if (!erased.ok)
    return refuse(`nothing is known to be erased: ${erased.problem}`, terminal, exitCodes.unreachable);
  const { keys } = erased;
  const words =
    keys === 0
      ? `there were no keys of ${user}: nothing that they said is kept`
      : `${keys} ${keys === 1 ? "key" : "keys"} of ${user} destroyed: what they sealed cannot be read any more, by anybody`;
  terminal.out(json ? `${JSON.stringify({ user, keys })}\n` : `${printable(words)}\n`);
  if (keys > 0)
    terminal.err(
      "copies and snapshots of payload-keys that were made elsewhere are still to be erased there\n",
    );
  return exitCodes.done;
}

async function asks(user: string, { ask }: Terminal): Promise<boolean> {
  const question = `This destroys the keys of all that ${printable(user)} said, and cannot be undone.\nType the user's name to go on: `;
  return ask !== undefined && (await ask(question)).trim() === user;
}
