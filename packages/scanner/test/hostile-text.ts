/** What is set free where it stands as markup. */
const MARKUP = `</pre></style></title>]]>--><script>alert(1)</script><img src=x onerror=alert(2)>"'&\`\`\`[x](javascript:alert(3))`;

/**
 * Text that acts: on terminals (escapes, controls of both sets, what turns the direction of reading or is not seen), in pages, in Markdown, and in
 * XML, which has no place for some of it (XML 1.0 2.2). No line feed, so that it may stand in a header.
 */
export const HOSTILE_TEXT: string = `\u001b[2J\u001b]0;owned\u0007\u0008\u000b\u007f\u009b31m\u202e\u2066\u200b\u2028\u{e0041}\ufeff\ufffe\uffff ${MARKUP}`;

/** The same as Node's own servers write it into headers: without what they refuse there. */
export const HOSTILE_HEADER: string = HOSTILE_TEXT.replaceAll(/[^\u0020-\u007e\u0080-\u00ff]/g, "");

/** Half of a character: it comes by JSON alone, and no XML and no UTF-8 has it. */
export const HALF_CHARACTER = "\ud800";

/** What in a text acts on a terminal, but for line feeds. */
const ACTING = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u;

/** Whether something acts in a report: on a terminal in any format, as markup where it is read as such, and as what XML cannot hold. */
export function actsIn(format: string, text: string): boolean {
  const isMarkup = format === "html" || format === "junit";
  const hasMarkup = isMarkup && /<(?:script|img)\b/i.test(text);
  return text === "" || hasMarkup || ACTING.test(text.replaceAll("\n", ""));
}
