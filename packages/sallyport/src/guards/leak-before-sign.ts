/** Where what stands right before a sign begins; -1: it is not there. @param head what stands before the sign */
export type BeforeSign = (head: string) => number;

/** The ASCII characters of a class. */
function tableOf(characters: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => Number(characters.test(String.fromCharCode(code))));
}

/** How many characters of a class stand before `end`, at most `most`. */
function runBefore(head: string, end: number, { table, most }: { table: Uint8Array; most: number }): number {
  let at = end;
  while (at > 0 && end - at < most && table[head.charCodeAt(at - 1)] === 1) at--;
  return end - at;
}

/** By the expression, in which nothing may be tried from many places: it is searched for, and must end with the sign. */
export function byExpression(pattern: RegExp): BeforeSign {
  return (head) => pattern.exec(head)?.index ?? -1;
}

/** A run of one to `most` characters of a class. Whoever repeats a sign has each looked at once, back to where the run begins. */
export function runOf(characters: RegExp, most: number): BeforeSign {
  const run = { table: tableOf(characters), most };
  return (head) => {
    const length = runBefore(head, head.length, run);
    return length === 0 ? -1 : head.length - length;
  };
}

/** A path: one to twelve names of at most 60 characters, each behind its separator. */
export const pathBefore: BeforeSign = (head) => {
  let start = -1;
  let at = head.length;
  for (let names = 0; names < 12; names++) {
    const length = runBefore(head, at, NAME);
    if (length === 0 || !isSeparator(head[at - length - 1])) break;
    at -= length + 1;
    start = at;
  }
  return start;
};

const NAME = { table: tableOf(/[\w .-]/), most: 60 };

function isSeparator(character: string | undefined): boolean {
  return character === "/" || character === "\\";
}

/** The frame of a trace in one line: `at `, where a line begins, and 200 characters at most up to the sign. */
export const frameBefore: BeforeSign = (head) => {
  let from = head.length;
  while (from > 0 && isInFrame(head, from - 1)) from--;
  const first = Math.max(from, head.length - LONGEST_FRAME);
  for (let at = head.indexOf("at ", first); at !== -1; at = head.indexOf("at ", at + 1))
    if (LINE_BEGINS.test(head.charAt(at - 1))) return at;
  return -1;
};

const LONGEST_FRAME = 203;
/** The end of a line break or tab, as JSON writes it, too. */
const LINE_BEGINS = /[ntr\s]/;

/** No end of the text or line, nor one that JSON writes. */
function isInFrame(head: string, at: number): boolean {
  const character = head[at];
  return character !== '"' && character !== "\n" && !(character === "\\" && head[at + 1] === "n");
}
