/** More texts than these are not followed through a pattern. */
const MAX_TEXTS = 64;
/** So many of the things that every match holds are kept. */
const MAX_CLAUSES = 3;

/** Texts of which every match holds one. */
export type Clause = readonly string[];

/** What is known of what a part of a pattern matches. */
interface Known {
  /** Every text that it matches, in lower case; `null`: too many. */
  readonly exact: Clause | null;
  /** What every match holds, the most telling first. */
  readonly needed: readonly Clause[];
}

const NOTHING: Known = { exact: null, needed: [] };
const exactly = (...exact: readonly string[]): Known => ({ exact, needed: [] });

/** About how often one of the texts stands in a text by chance, at a place of it: what is seldom there is telling. */
function chanceOf(clause: Clause): number {
  let sum = 0;
  for (const text of clause) {
    let chance = 1;
    for (const char of text) chance /= /[a-z ]/.test(char) ? 12 : 30;
    sum += chance;
  }
  return sum;
}

/** Without texts that hold another one of the clause: that one tells as much. */
function pruned(clause: Clause): Clause {
  const texts = [...new Set(clause)];
  return texts.filter((text) => !texts.some((other) => other !== text && text.includes(other)));
}

/** What is needed of a part, also where all that it matches is known. */
function clausesOf({ exact, needed }: Known): readonly Clause[] {
  const all = exact === null || exact.includes("") ? needed : [...needed, exact];
  return all.toSorted((one, other) => chanceOf(one) - chanceOf(other)).slice(0, MAX_CLAUSES);
}

function inSequence(parts: readonly Known[]): Known {
  const needed: Clause[] = [];
  let run: Clause = [""];
  let isExact = true;
  for (const part of parts) {
    const { exact } = part;
    if (exact !== null && run.length * exact.length <= MAX_TEXTS) {
      run = run.flatMap((before) => exact.map((text) => before + text));
      continue;
    }
    isExact = false;
    needed.push(...clausesOf(exactly(...run)), ...clausesOf(part));
    run = [""];
  }
  const known = { exact: isExact ? run : null, needed };
  return isExact ? known : { exact: null, needed: clausesOf({ exact: run, needed }) };
}

function either(branches: readonly Known[]): Known {
  const exact = branches.flatMap((branch) => branch.exact ?? []);
  if (branches.every((branch) => branch.exact !== null) && exact.length <= MAX_TEXTS)
    return exactly(...exact);
  const all = branches.map(clausesOf);
  const count = Math.min(...all.map(({ length }) => length));
  const needed = Array.from({ length: count }, (_, index) => all.flatMap((clauses) => clauses[index] ?? []));
  return { exact: null, needed };
}

function repeated(part: Known, min: number, max: number): Known {
  if (min === 1 && max === 1) return part;
  if (min > 0) return { exact: null, needed: clausesOf(part) };
  return max === 1 && part.exact !== null ? exactly("", ...part.exact) : NOTHING;
}

/** One token of a pattern: a group's beginning, a class, an escape, or a character; with what repeats it. */
const TOKEN =
  /(?<open>\((?:\?:)?)|(?<close>\))|(?<or>\|)|(?<anchor>[\^$]|\\b)|(?<part>\[(?:[^\]\\]|\\.)*\]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\.|[^])/giy;
const QUANTIFIER = /(?:(?<mark>[*+?])|\{(?<min>\d+)(?<open>,(?<max>\d*))?\})\??/y;

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const DIGITS: Known = exactly(...Array.from({ length: 10 }, (_, digit) => String(digit)));

/** A character outside of classes, or a class of a few of them, written out. */
function partOf(token: string): Known {
  if (token.startsWith("[")) return classOf(token.slice(1, -1));
  if (token === ".") return NOTHING;
  if (!token.startsWith("\\")) return exactly(token.toLowerCase());
  const code = /^\\[xu](.+)$/.exec(token)?.[1];
  if (code !== undefined) return exactly(String.fromCharCode(Number.parseInt(code, 16)).toLowerCase());
  const char = token.slice(1);
  if (char === "d") return DIGITS;
  if (!/[a-z0-9]/i.test(char)) return exactly(char);
  const control = CONTROLS.get(char);
  return control === undefined ? NOTHING : exactly(control);
}

/** Only of digits, or of a few signs and letters without ranges and escapes. */
function classOf(content: string): Known {
  if (content === "0-9") return DIGITS;
  if (content.length > 4 || content.startsWith("^") || /[\\-]/.test(content)) return NOTHING;
  return exactly(...new Set(content.toLowerCase()));
}

/** Reads a pattern of a signature: without look-around and back-references. */
class Reader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** Alternatives, up to the end of the group or the pattern. */
  read(): Known {
    const branches: Known[] = [];
    let parts: Known[] = [];
    for (let token = this.#next(); token !== undefined; token = this.#next()) {
      if (token["close"] !== undefined) break;
      if (token["or"] !== undefined) {
        branches.push(inSequence(parts));
        parts = [];
      } else if (token["anchor"] !== undefined) parts.push(exactly(""));
      else parts.push(this.#repeat(token["open"] === undefined ? partOf(token["part"] ?? "") : this.read()));
    }
    return either([...branches, inSequence(parts)]);
  }

  #next(): Record<string, string | undefined> | undefined {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#pattern);
    if (found === null) return undefined;
    this.#at = TOKEN.lastIndex;
    return found.groups;
  }

  #repeat(part: Known): Known {
    QUANTIFIER.lastIndex = this.#at;
    const found = QUANTIFIER.exec(this.#pattern);
    if (found === null) return part;
    this.#at = QUANTIFIER.lastIndex;
    const { mark, min, open, max } = found.groups ?? {};
    if (mark !== undefined)
      return repeated(part, mark === "+" ? 1 : 0, mark === "?" ? 1 : Number.POSITIVE_INFINITY);
    const least = Number(min);
    if (open === undefined) return repeated(part, least, least);
    return repeated(part, least, max === "" ? Number.POSITIVE_INFINITY : Number(max));
  }
}

/** What every match of a pattern holds, in lower case or in other: one text of each clause. The most telling clauses; none may be known. */
export function neededTexts(pattern: string): readonly Clause[] {
  return clausesOf(new Reader(pattern).read()).map(pruned);
}
