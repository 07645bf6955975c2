/**
 * The reference tokens of a JSON Pointer, unescaped: `/a~1b/0` is `a/b`, then `0` (RFC 6901 3, 4). `null`: it is none. The empty
 * pointer, which means the whole document, has no tokens.
 */
export function parseJsonPointer(text: string): readonly string[] | null {
  if (!/^(?:\/(?:[^~/]|~[01])*)*$/.test(text)) return null;
  // In this order, or `~01` would become a slash (RFC 6901 4).
  return text
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}
