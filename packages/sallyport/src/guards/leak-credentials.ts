import { crc32 } from "node:zlib";
import { credentialRules, type CredentialRule } from "./leak-credential-rules.ts";
import {
  byteAt,
  isWord,
  isWordBefore,
  type LeakDetector,
  type LeakFind,
  type LeakSpan,
  type LeakText,
  type LeakTrigger,
} from "./leak-detector.ts";

/** A value of fewer different characters is a placeholder, such as `ghp_xxxxxxxx`. */
const LEAST_DIFFERENT = 6;

/** Whether a text has the variety of a secret, and not that of a placeholder. */
function isVaried(text: string): boolean {
  return new Set(text).size >= LEAST_DIFFERENT;
}

/** What a form of a rule is, where it begins with its prefix. */
function findForm(prefix: string, rest: string, checksum: CredentialRule["checksum"]): LeakFind {
  const pattern = new RegExp(`(${rest})(?![\\w-])`, "y");
  const isHost = prefix.endsWith(".com");
  return (text, at) => {
    if (isWordBefore(text.bytes, at)) return null;
    // A token inside of another would be looked at once for each of its prefixes. A host name may stand below another.
    if (!isHost && CONTINUES.has(byteAt(text.bytes, at - 1))) return null;
    const start = at + prefix.length;
    const body = text.matchAt(pattern, start, MAX_BODY)?.[1];
    if (body === undefined || !isVaried(body)) return null;
    if (checksum === "github" && body.length === 36 && !hasChecksum(body)) return null;
    return { start, end: start + body.length };
  };
}

/** More than the longest token has, bytes. */
const MAX_BODY = 2200;
/** A dash or a dot before a prefix: it stands inside of something longer. */
const CONTINUES: ReadonlySet<number> = new Set([0x2d, 0x2e]);

/** Whether the last six characters are the CRC-32 of the thirty before, in base 62 (GitHub, 2021). */
function hasChecksum(body: string): boolean {
  let value = crc32(body.slice(0, 30));
  let text = "";
  for (let index = 0; index < 6; index++) {
    text = BASE_62.charAt(value % 62) + text;
    value = Math.floor(value / 62);
  }
  return text === body.slice(30);
}
const BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Finds a value by a mark inside it: what stands before it and behind it are patterns of their own. */
function findAround(mark: string, before: RegExp, behind: RegExp): LeakFind {
  return (text, at) => {
    const head = before.exec(text.part(Math.max(0, at - MAX_BEFORE), at))?.[1];
    const from = at + mark.length;
    const tail = behind.exec(text.part(from, from + MAX_BEHIND))?.[1];
    if (head === undefined || tail === undefined || !isVaried(head + tail)) return null;
    return { start: at - head.length, end: from + tail.length };
  };
}
const MAX_BEFORE = 260;
const MAX_BEHIND = 260;

const words = (list: readonly string[], find: LeakFind): LeakTrigger => ({
  kind: "words",
  words: list,
  find,
});

/** A bot token, by the first of its two dots, which have six characters between them. */
function findBotToken(text: LeakText, first: number): LeakSpan | null {
  if (!isTokenPart(text.bytes, first - 22, first) || !isTokenPart(text.bytes, first + 8, first + 35))
    return null;
  const begin = Math.max(0, first - 29);
  const around = text.part(begin, first + 8 + 40);
  const match = /(?<=^|[^\w.-]|\\[nrt])([MNO][\w-]{22,27})\.[\w-]{6}\.[\w-]{27,39}(?![\w-])/.exec(around);
  if (match?.[1] === undefined || begin + match.index + match[1].length !== first || !isVaried(match[0]))
    return null;
  return { start: begin + match.index, end: begin + match.index + match[0].length };
}
const DOT = 0x2e;

/** Whether nothing but what a part of a bot token is made of stands there. The end first: words are short. */
function isTokenPart(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = end - 1; index >= start; index--) {
    const byte = byteAt(bytes, index);
    if (!isWord(byte) && byte !== DASH) return false;
  }
  return true;
}
const DASH = 0x2d;

/** Values with a mark inside, and no prefix. */
const marked: Readonly<Record<string, readonly LeakTrigger[]>> = {
  "azure-client-secret": [
    words(
      ["Q~"].flatMap((mark) => Array.from("0123456789", (digit) => digit + mark)),
      findAround("8Q~", /(?:^|[^\w~.-]|\\[nrt])([\w~.-]{3})$/, /^([\w~.-]{31,34})(?![\w~-])/),
    ),
  ],
  telegram: [words([":AA"], findAround(":AA", /(?<!\d)(\d{8,10})$/, /^([\w-]{33})(?![\w-])/))],
  mailchimp: [
    words(
      Array.from("123456789", (digit) => `-us${digit}`),
      findAround("-us1", /(?:^|[^0-9a-zA-Z]|\\[nrt])([0-9a-f]{32})$/, /^(\d?)(?!\w)/),
    ),
  ],
  terraform: [
    words([".atlasv1."], findAround(".atlasv1.", /(?:^|\W|\\[nrt])(\w{14})$/, /^([\w-]{60,70})(?![\w-])/)),
  ],
  airtable: [words(["pat"], findAirtable)],
  openai: [
    words(["T3BlbkFJ"], findAround("T3BlbkFJ", /(?:^|[^\w-]|\\[nrt])(sk-[\w-]{20})$/, /^(\w{20})(?![\w-])/)),
  ],
  discord: [{ kind: "dots", find: findBotToken }],
};

function findAirtable(text: LeakText, at: number): LeakSpan | null {
  if (byteAt(text.bytes, at + 17) !== DOT || isWordBefore(text.bytes, at)) return null;
  const body = text.matchAt(AIRTABLE, at, 84)?.[0];
  return body === undefined || !isVaried(body) ? null : { start: at + 3, end: at + body.length };
}
const AIRTABLE = /pat[0-9A-Za-z]{14}\.[0-9a-f]{64}(?!\w)/y;

function detectorOf(rule: CredentialRule): LeakDetector {
  const { id, what, forms, checksum } = rule;
  const byPrefix = forms
    .filter(([, rest]) => rest !== "")
    .flatMap(([prefixes, rest]) =>
      [prefixes].flat().map((prefix) => words([prefix], findForm(prefix, rest, checksum))),
    );
  const begins = forms.flatMap(([prefixes]) => prefixes).slice(0, 3);
  return {
    id,
    group: "credentials",
    what,
    validation: `${checksum === undefined ? "the published form" : "the published form, and the checksum of classic tokens (CRC-32)"}; a word of its own, and no placeholder`,
    finds:
      begins.length === 0 ? "the form with its mark inside" : begins.map((prefix) => `${prefix}…`).join(", "),
    passes: "a prefix alone, one with too few characters, `xxxx…`",
    triggers: [...byPrefix, ...(marked[id] ?? [])],
  };
}

/** Credentials of clouds and services, by the prefixes, forms and checksums that these publish. */
export const credentialDetectors: readonly LeakDetector[] = credentialRules.map(detectorOf);
