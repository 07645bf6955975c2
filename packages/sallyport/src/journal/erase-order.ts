import { type Keyring, originOf, privateKeyOf } from "./journal-keys.ts";
import { publicKeyOf, readNote, signNote } from "./signed-note.ts";

/** How far the clock of who orders may be from that of who obeys, milliseconds: both are of one machine. */
const FRESH_MS = 60_000;

/** An order to erase somebody, as it is checked. */
export interface EraseAsked {
  readonly user: string;
  /** Whose journal it is, as `keyring.json` has it. */
  readonly verifier: string;
  /** Wall clock, milliseconds since 1970. */
  readonly now: number;
}

/**
 * The order to destroy the payload keys of a user: a signed note, which only who has the master key can make. Whoever writes the
 * journal holds all keys and obeys whom it can hear; a reader who may ask it to record readings is not to erase.
 *
 * @param now wall clock, milliseconds since 1970
 */
export function signEraseOrder(
  user: string,
  { journal, signingKey }: Pick<Keyring, "journal" | "signingKey">,
  now: number,
): string {
  const origin = originOf(journal);
  return signNote(textOf(origin, user, now), origin, privateKeyOf(signingKey));
}

/** Whether an order is this journal's, for this user, and of the last minute: one that was overheard is not good for long. */
export function isEraseOrdered(order: string, { user, verifier, now }: EraseAsked): boolean {
  const publicKey = publicKeyOf(verifier);
  const origin = verifier.split("+", 1)[0] ?? "";
  const time = Number(/^time (\d{1,16})$/m.exec(order)?.[1] ?? Number.NaN);
  if (publicKey === null || !(Math.abs(now - time) <= FRESH_MS)) return false;
  const read = readNote(order, () => origin, publicKey);
  return read.ok && read.vouched && read.text === textOf(origin, user, time);
}

function textOf(origin: string, user: string, time: number): string {
  return `${origin}/erase\nuser ${JSON.stringify(user)}\ntime ${time}\n`;
}
