/** A piece of text that is shown: as it is, or as what stands for a character that must not act. */
export interface InertPiece {
  readonly text: string;
  /** Whether `text` stands for a character that is not shown itself. */
  readonly isEscape: boolean;
}

/**
 * Characters that change what stands around them, or that nobody sees: controls, line and paragraph separators, bidirectional
 * marks, embeddings, overrides and isolates (UAX #9), whatever is ignored where it cannot be shown, and halves of a pair. Joiners
 * and variation selectors are left: words and emoji are made with them.
 */
const ACTIVE =
  // The joiners that are taken out of the class are what the rule warns of.
  // eslint-disable-next-line no-misleading-character-class
  /[[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u{fff9}-\u{fffb}]--[\u{200c}\u{200d}\u{fe00}-\u{fe0f}]]+/gv;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0" };

/** What stands for a run of such characters. */
function escapeOf(run: string): string {
  return Array.from(
    run,
    (character) => SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  ).join("");
}

/** Takes a peer's text apart, so that it can be shown without acting. In time and memory linear in its length. */
export function inertPieces(text: string): readonly InertPiece[] {
  const pieces: InertPiece[] = [];
  let shown = 0;
  // `matchAll` would compile the expression anew each time, which costs more than all the rest.
  ACTIVE.lastIndex = 0;
  for (let found = ACTIVE.exec(text); found !== null; found = ACTIVE.exec(text)) {
    const { 0: run, index } = found;
    if (index > shown) pieces.push({ text: text.slice(shown, index), isEscape: false });
    // A run of them is one piece: a megabyte of controls makes no million elements.
    pieces.push({ text: escapeOf(run), isEscape: true });
    shown = index + run.length;
  }
  if (shown < text.length) pieces.push({ text: text.slice(shown), isEscape: false });
  return pieces;
}

/** The same as one text, where there is no room for elements: in a `title`. */
export function inertText(text: string): string {
  return text.replace(ACTIVE, escapeOf);
}

/** The beginning of a text, of `most` characters at most, that ends in no half of a pair. */
export function beginningOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}
