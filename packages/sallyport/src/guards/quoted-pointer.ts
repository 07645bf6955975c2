import { quoted } from "./quoted.ts";

/** A name as programs write them: letters and few signs, and no run of digits in which a number could be told. */
const NAME = /^[\p{L}\p{M}_$*./~:-]{1,40}$/u;
const MAX_DIGITS = 4;

function toldName(name: string): string {
  const rest = name.replaceAll(/[0-9]/g, "");
  const isName = name.length - rest.length <= MAX_DIGITS && NAME.test(rest === "" ? "_" : rest);
  return isName ? name.replaceAll("~", "~0").replaceAll("/", "~1") : `(${name.length} characters)`;
}

/**
 * The name of a member that a peer sent, quoted for a record. One that does not look like a name may be what a record must not
 * tell, such as a card number: of that only the length is told.
 */
export function quotedName(name: string): string {
  return quoted(toldName(name));
}

/** The pointer to a place (RFC 6901) in what a peer sent, quoted and cut, for a record: names as `quotedName` tells them. */
export function quotedPointer(path: readonly (string | number)[]): string {
  return quoted(path.map((step) => `/${typeof step === "number" ? step : toldName(step)}`).join(""));
}
