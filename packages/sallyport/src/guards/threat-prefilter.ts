import type { ByteFindings } from "./threat-bytes.ts";
import { hasOddSlash, slashPatterns } from "./threat-slashes.ts";

/** Commands that are worth a closer look behind an operator of the shell. */
const COMMANDS =
  "cat|ls|id|whoami|uname|ps|wget|curl|ping|sleep|rm|nc|ncat|bash|sh|zsh|dir|type|net|echo|printenv|env|touch|chmod|kill|reboot|shutdown|mail|ip|if|netstat|nslookup|host|dig|python|perl|php|ruby|node|power|cmd|cert|bits|systeminfo|task|head|tail|more|less|find|grep|base64|xxd|cron|user|pass|sudo|ssh|scp|tftp|ftp|telnet|awk|lsof|docker|kube|aws|tee|xargs|export|set|history|last|w|xterm|calc|exec|mk|who";
/** Words of SQL behind a semicolon. */
const STATEMENTS =
  "drop|truncate|delete|insert|update|alter|create|exec|declare|shutdown|waitfor|select|copy|attach|begin|if|grant|alert|document|eval|import|location";
/** What follows the quote that breaks out of a text or an attribute. */
const BREAKOUT =
  "(?:[ )+\\]}]|\\\\[nrt]){0,3}(?:or\\b|and\\b|union|xor|having|order|group|limit|r?like\\b|in\\b|is\\b|between|into|procedure|where|id['\\\\]|whoami|on[a-z]{4}|auto|style|alert|confirm|prompt|import|exec|system|eval|document|[-=*/|&^;#<>!+%$`]|\\d{1,2}:\\d)";
/** Names before a bracket. */
const CALLS =
  "alert|confirm|prompt|eval|msgbox|sleep|benchmark|char|chr|concat|concat_ws|cast|convert|version|database|user|load_file|system|exec|passthru|popen|phpinfo|constructor|fromcharcode|write|writeln|import|expression|exists|ascii|substring|substr|mid|length|ord|extractvalue|updatexml|if|getscript|forname|getruntime|getclass|getclassloader|row|json_extract|json_length|randomblob|analyse|rand|count|atob|iex|downloadstring|receive_message|foreach|settimeout|select|dump|lookup|cookie|sleep|getresource";
const SHORT_CALLS =
  "t|set|or|and|in|open|new|hex|print|escape|source|fetch|user|if|row|char|chr|mid|ord|length|version|database|import|current_setting|write";

/**
 * What a text with an attack holds: a sign and, beside it, what makes it more than punctuation. In every alternative what comes first is
 * a sign, so that the engine leaps from sign to sign; every repetition is bounded, so that each sign costs a bounded time.
 *
 * @param quote how a double quote is written in the text
 */
function trigger(quote: string, escaped: string): RegExp {
  return new RegExp(
    [
      "<[a-z!?/%#&>(\\[$\\\\<\\xa0]",
      "[<>](?<=\\d[<>])\\d",
      `'${BREAKOUT}`,
      `${quote}${BREAKOUT}`,
      escaped,
      `\`[ ]?(?:${COMMANDS}|on[a-z]|/|\\$)`,
      "\\$(?:[({i@*0]|\\w{0,20}\\.(?:class|getclass))",
      "%(?:[01]|2[1-9a-f]|[3-7][\\da-f]|c[01]|e0|u[\\da-f]{4}|%3|\\{|systemr|windir|userp|appd)",
      "\\{(?:[{%$=#]|\\d|/?php|system|exec|passthru|shell|readfile|fetch|if |self|literal|smarty|[a-z]{2,10},)",
      `\\((?:(?<=[a-z\\d_]\\()(?<=(?:${CALLS}|\\b(?:${SHORT_CALLS}))\\()|(?<=(?:sleep|benchmark|alert|concat|char|union|select|version|database|or|and|eval|exec) \\()| ?select|#|java|vb|data:|\\) ?\\{ ?[:i])`,
      "=(?:(?<=\\bon[a-z]{3,24}\\s?=)|(?<=[\\d'\")]\\s?=)\\s?[\\d'\"(\\\\]|(?<=\\b(?:or|and|having|where) \\w{1,10} ?=)| ?(?:file|gopher|dict|ldap):)",
      `;(?:[ +]|\\\\t|%20){0,2}(?:${COMMANDS}|${STATEMENTS}|[/{$>'\\\\])`,
      `\\|(?: ?\\||(?:[ +]|\\\\t|%20){0,2}(?:${COMMANDS}|/|attr|filter|map|sort|file_ex))`,
      `&(?:#|&|lt|gt|quot|apos|tab|colon|newline|[lr]par|sol|bsol|period|grave|l?c?u?brace|lcub|rcub|dollar|equals| ?(?:${COMMANDS})(?!=|\\w))`,
      "#(?:\\{|set|assign|foreach|_member|context|with)",
    ].join("|"),
    "i",
  );
}

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
  /[upyx_](?:nion[ +(/*%]|rlcache|owershell|assw\w{0,6} from|[ +]\d{1,3} ?(?:--|#|[,;"\\]|$)|sql\.(?:user|db)|p_(?:cmd|dir|reg)|schema\b)/i;
/** An escaped quote, and escapes that hide a character of ASCII. */
const JSON_ESCAPES = `\\\\(?:["']${BREAKOUT}|\\\\(?:[\\\\.a-z?$"']|\\d)|/|u(?:00[0-7]|ff|2[02]|30)|[nr](?:[ \\t]|\\\\[nr]){0,2}(?:${COMMANDS}|/))`;
const PLAIN_ESCAPES = `\\\\(?:[\\\\.a-z?$"'/]|\\d)|[\\r\\n]{1,2}[ \\t]{0,2}(?:${COMMANDS}|/)`;

const JSON_TRIGGER: RegExp = trigger("\\x01", JSON_ESCAPES);
const PLAIN_TRIGGER: RegExp = trigger('"', PLAIN_ESCAPES);

/** The expressions of the prefilter, for the test that proves them linear. */
export const prefilterPatterns: readonly RegExp[] = [
  JSON_TRIGGER,
  PLAIN_TRIGGER,
  AT,
  WORDS,
  LOOKALIKES,
  ...slashPatterns,
];

/** A text as the prefilter wants it. */
export interface FilteredText {
  /** The text where it is ASCII; else its UTF-8 as Latin-1, which the engine is faster with, with or without what is not ASCII. */
  readonly latin1: string;
  readonly isAscii: boolean;
  /** Its UTF-8; asked for only where there is a slash. */
  bytes(): Uint8Array;
  /** Whether one of the words, or a look-alike, may be in it, and where its slashes are. Absent: nobody looked yet. */
  readonly found?: Pick<ByteFindings, "words" | "characters" | "slashes"> | null;
}

function mayThreaten(signs: RegExp, text: FilteredText): boolean {
  const { latin1, isAscii, found } = text;
  return (
    signs.test(latin1) ||
    (latin1.includes("/") && hasOddSlash({ latin1, bytes: text.bytes(), slashes: found?.slashes ?? null })) ||
    (latin1.includes("@") && AT.test(latin1)) ||
    (found?.words !== false && WORDS.test(latin1)) ||
    (!isAscii && (found?.characters ?? LOOKALIKES.test(latin1)))
  );
}

/**
 * Whether a JSON text may hold an attack, at paranoia level 1: some leaps through it. Harmless texts seldom do; what does is looked
 * at closely.
 */
export function mayThreatenJson(text: FilteredText): boolean {
  return mayThreaten(JSON_TRIGGER, text);
}

/** The same of a text that is no JSON: a string in a message, as a reader has it. */
export function mayThreatenText(text: FilteredText): boolean {
  return mayThreaten(PLAIN_TRIGGER, text);
}
