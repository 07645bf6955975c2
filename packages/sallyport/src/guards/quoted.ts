/** At most this many characters of a peer's value stand in a detail: enough to recognise it, too few to flood a log. */
const MAX_CHARACTERS = 200;

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * A peer's value for the operator to read: in quotes, cut to 200 characters, everything but printable ASCII escaped,
 * so that a value can neither forge a log line (CWE-117) nor steer a terminal. Not for secrets.
 */
export function quoted(value: string): string {
  const cut = value.slice(0, MAX_CHARACTERS);
  const safe = cut.replace(/[\\"]/g, String.raw`\$&`).replace(/[^ -~]/g, escape);
  return `"${safe}"${cut.length < value.length ? "…" : ""}`;
}
