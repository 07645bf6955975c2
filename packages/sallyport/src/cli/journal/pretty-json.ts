const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gs;
/** Deeper levels stand below one another: a thousand open brackets are no thousand columns. */
const MOST_INDENT = 24;

/**
 * A JSON text with its parts on lines of their own, and nothing else changed: keys that stand twice, numbers that no double holds
 * and escapes stay as they were sent, as evidence must. `null` for what is not JSON.
 */
export function prettyJson(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const parts: string[] = [];
  let depth = 0;
  let before = "";
  for (const [token] of text.matchAll(TOKEN)) {
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    const isEmpty = closes && (before === "{" || before === "[");
    if ((closes && !isEmpty) || before === "," || (!closes && (before === "{" || before === "[")))
      parts.push("\n", "  ".repeat(Math.min(depth, MOST_INDENT)));
    parts.push(token === ":" ? ": " : token);
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return parts.join("");
}
