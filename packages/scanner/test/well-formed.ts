/** What keeps a text from being XML, enough of a parser for what is written here and for nothing to hide in it; and the names of its elements. */
export function wellFormed(xml: string): {
  readonly problems: readonly string[];
  readonly names: readonly string[];
} {
  const open: string[] = [];
  const names: string[] = [];
  const problems: string[] = [];
  const rest = xml
    .replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, "")
    .replaceAll(
      /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)( ?\/)?>/g,
      (_tag, end: string, name: string, _rest, empty?: string) => {
        if (end === "") names.push(name);
        if (end !== "") {
          const begun = open.pop();
          if (begun !== name) problems.push(`${begun} is ended as ${name}`);
        } else if (empty === undefined) open.push(name);
        return "";
      },
    );
  if (open.length > 0) problems.push(`not ended: ${open.join(", ")}`);
  if (/[<>]/.test(rest)) problems.push("a tag that is none");
  if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(rest)) problems.push("an entity that is none");
  // XML 1.0 2.2.
  if (/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(xml))
    problems.push("a character that XML has not");
  return { problems, names };
}
