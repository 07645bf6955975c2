import { hasOddSign, signPatterns } from "./threat-sign-look.ts";
import { signsInJson, signsInText, type Sign } from "./threat-signs.ts";
import type { ByteFindings } from "./threat-bytes.ts";
import { hasOddSlash, slashPatterns } from "./threat-slashes.ts";

/**
 * What a text with an attack holds: a sign and, beside it, what makes it more than punctuation. In every alternative what comes first is
 * a sign, so that the engine leaps from sign to sign; every repetition is bounded, so that each sign costs a bounded time.
 */
const trigger = (signs: readonly Sign[]): RegExp =>
  new RegExp(
    signs
      .filter(({ sign }) => sign !== "@")
      .map(({ pattern }) => pattern)
      .join("|"),
    "i",
  );

/** By itself: with one sign more the engine would not leap. Asked only where there is an `@`, which is told much faster. */
const AT = /@(?:[@({]|system|html|java|127\.|local|169\.|10\.|192\.168|\[:)/i;
/**
 * Full-width forms of ASCII, look-alikes and invisible characters, in UTF-8 read as Latin-1. By itself: in one expression with the signs,
 * these bytes would keep the engine from leaping.
 */
const LOOKALIKES =
  /\xef\xbc[\x82\x87\x8e\x8f\x9c\x9e\xbc]|\xe2\x88[\x95\x96]|\xe2\x80[\x8b-\x8d\xa4]|\xe3\x80\x82\d|\xc2[\xa0\xad]/;
/** Words that no sign stands beside. They are found by letters that are rare, which the engine leaps between. */
const WORDS =
  /[upyx_](?:(?<=u)nion[ +(/*%]|rlcache|owershell|assw\w{0,6} from|(?<=y)[ +]\d{1,3} ?(?:--|#|[,;"\\]|$)|sql\.(?:user|db)|p_(?:cmd|dir|reg)|(?<=_)schema\b)/i;
/** An escaped quote, and escapes that hide a character of ASCII. */
const JSON_TRIGGER: RegExp = trigger(signsInJson);
const PLAIN_TRIGGER: RegExp = trigger(signsInText);

/** The expressions of the prefilter, for the test that proves them linear. */
export const prefilterPatterns: readonly RegExp[] = [
  JSON_TRIGGER,
  PLAIN_TRIGGER,
  AT,
  WORDS,
  LOOKALIKES,
  ...slashPatterns,
  ...signPatterns,
];

/** A text as the prefilter wants it. */
export interface FilteredText {
  /** The text where it is ASCII; else its UTF-8 as Latin-1, which the engine is faster with, with or without what is not ASCII. */
  readonly latin1: string;
  readonly isAscii: boolean;
  /** Its UTF-8; asked for only where there is a slash. */
  bytes(): Uint8Array;
  /** Whether one of the words, or a look-alike, may be in it, and where its slashes are. Absent: nobody looked yet. */
  readonly found?: ByteFindings | null;
}

function hasSign(signs: RegExp, text: FilteredText): boolean {
  const { latin1 } = text;
  return (
    signs.test(latin1) ||
    (latin1.includes("@") && AT.test(latin1)) ||
    (latin1.includes("/") && hasOddSlash({ latin1, bytes: text.bytes() }))
  );
}

function mayThreaten(hasOdd: boolean, text: FilteredText): boolean {
  const { latin1, isAscii, found } = text;
  return (
    hasOdd ||
    (found?.words !== false && WORDS.test(latin1)) ||
    (!isAscii && (found?.characters ?? LOOKALIKES.test(latin1)))
  );
}

/** Whether a walk alone has told that `mayThreatenJson` would find nothing. */
export function isHarmlessJson({ signs, words, characters }: ByteFindings, isAscii: boolean): boolean {
  return signs?.count === 0 && !words && (isAscii || !characters);
}

/**
 * Whether a JSON text may hold an attack, at paranoia level 1: some leaps through it. Harmless texts seldom do; what does is looked
 * at closely.
 */
export function mayThreatenJson(text: FilteredText): boolean {
  const signs = text.found?.signs ?? null;
  const hasOdd =
    signs === null
      ? hasSign(JSON_TRIGGER, text)
      : hasOddSign({
          latin1: text.latin1,
          bytes: text.bytes(),
          places: signs.places,
          count: signs.count,
        });
  return mayThreaten(hasOdd, text);
}

/** The same of a text that is no JSON: a string in a message, as a reader has it. */
export function mayThreatenText(text: FilteredText): boolean {
  return mayThreaten(hasSign(PLAIN_TRIGGER, text), text);
}
