/** Of a JSON text that is set out, characters: what is longer stays as it was sent. */
const MOST_SET_OUT = 20_000;

/**
 * A content line by line: JSON set out, where it is whole and not long, and anything else as it was sent. Line feeds end lines; what else
 * stands in them is shown inert.
 *
 * @param isWhole nothing of it was cut
 */
export function contentLines(text: string, isWhole: boolean): readonly string[] {
  const setOut = isWhole && text.length <= MOST_SET_OUT ? setOutJson(text) : null;
  return (setOut ?? text).split("\n");
}

/** `null` for what is no JSON object or list, or would not be the same one: a number that loses digits, a name that stands twice. */
function setOutJson(text: string): string | null {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === compact(text) ? JSON.stringify(value, null, 2) : null;
  } catch {
    return null;
  }
}

/** JSON without the space between its parts. */
function compact(text: string): string {
  const kept = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[^\s"]+/gs)];
  return kept.map(([part]) => part).join("");
}
