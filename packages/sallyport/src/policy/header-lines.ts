/** What a file of headers holds, or what is wrong with it; the problem names a line and shows nothing of its value. */
export type HeaderLines =
  | { readonly ok: true; readonly headers: readonly (readonly [string, string])[] }
  | { readonly ok: false; readonly problem: string };

/** More than any service asks for; each is sent with every request. */
const MAX_HEADERS = 32;
const MAX_VALUE_CHARACTERS = 8192;
/** A field name (RFC 9110 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A field value as `fetch` sends it: visible ASCII, with blanks within. */
const VALUE = /^[!-~](?:[ -~]*[!-~])?$/;
/** What the sender itself writes, and what would change how a request is read (RFC 9110 7.6.1, RFC 9112 6.1). */
const OURS: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "webhook-id",
  "webhook-signature",
  "webhook-timestamp",
]);

/** Reads `Name: value` lines; empty lines and lines that begin with `#` count for nothing. Names become lower case. */
export function parseHeaderLines(text: string): HeaderLines {
  const headers: (readonly [string, string])[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const [name, value] = [line.slice(0, Math.max(colon, 0)).toLowerCase(), line.slice(colon + 1).trim()];
    const at = `line ${index + 1}`;
    if (!NAME.test(name)) return { ok: false, problem: `${at} is no \`Name: value\`` };
    if (OURS.has(name)) return { ok: false, problem: `${at}: the gate itself writes \`${name}\`` };
    if (value.length > MAX_VALUE_CHARACTERS || !VALUE.test(value))
      return { ok: false, problem: `${at}: \`${name}\` has a value that cannot be sent` };
    if (headers.some(([known]) => known === name))
      return { ok: false, problem: `${at}: \`${name}\` a second time` };
    headers.push([name, value]);
    if (headers.length > MAX_HEADERS) return { ok: false, problem: `more than ${MAX_HEADERS} headers` };
  }
  return { ok: true, headers };
}
