import type { IOptions } from "sanitize-html";
import { findJsonEntry } from "../dialects/json-entry.ts";
import { parseJsonPointer } from "../dialects/json-pointer.ts";

/** What stays of markup: formatting of text, and links that lead to pages or mail. Everything else is taken out; scripts and styles with what they hold. */
const HARMLESS: IOptions = {
  allowedTags: [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "sub",
    "sup",
    "u",
    "ul",
  ],
  allowedAttributes: { a: ["href"] },
  allowedSchemes: ["http", "https", "mailto"],
  allowedSchemesAppliedToAttributes: ["href"],
  allowProtocolRelative: false,
  disallowedTagsMode: "discard",
};

/** A message's text with the markup of its fields neutralised. */
export interface Sanitized {
  readonly text: string;
  /** The fields that changed. */
  readonly fields: readonly string[];
}

interface Rewrite {
  readonly field: string;
  readonly start: number;
  readonly end: number;
  readonly clean: string;
}

/** A text with a tag, a comment or a half of one: only there is anything to neutralise. */
const MARKUP = /<[a-z!?/]/i;

/**
 * Makes what neutralises markup in fields of JSON texts, with `sanitize-html`, which is loaded only then. A field that is no text, or
 * without markup, stays as it is; so does every other byte. `null`: nothing changed.
 *
 * @param pointers the fields (RFC 6901)
 */
export async function createSanitizer(
  pointers: readonly string[],
): Promise<(text: string) => Sanitized | null> {
  const { default: sanitizeHtml } = await import("sanitize-html");
  const fields = pointers.map((field) => ({ field, path: parseJsonPointer(field) ?? [] }));
  return (text) => {
    const rewrites = fields.flatMap(({ field, path }): readonly Rewrite[] => {
      const entry = findJsonEntry(text, path);
      if (entry === null || entry === "ambiguous" || text[entry.valueStart] !== '"') return [];
      const value = String(JSON.parse(text.slice(entry.valueStart, entry.valueEnd)));
      if (!MARKUP.test(value)) return [];
      const clean = sanitizeHtml(value, HARMLESS);
      return clean === value ? [] : [{ field, start: entry.valueStart, end: entry.valueEnd, clean }];
    });
    if (rewrites.length === 0) return null;
    // From the last to the first, so that the places of the others stay.
    const sorted = rewrites.toSorted((one, other) => other.start - one.start);
    const changed = sorted.reduce(
      (rest, { start, end, clean }) => rest.slice(0, start) + JSON.stringify(clean) + rest.slice(end),
      text,
    );
    return { text: changed, fields: rewrites.map(({ field }) => field) };
  };
}
