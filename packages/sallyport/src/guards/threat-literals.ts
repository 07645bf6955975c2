/** More texts than these are not followed through a pattern. */
const MAX_TEXTS = 64;

/** What is known of what a part of a pattern matches. */
interface Known {
  /** Every text that it matches, in lower case; `null`: too many. */
  readonly exact: readonly string[] | null;
  /** Texts of which every match holds one; `null`: none is known. */
  readonly needed: readonly string[] | null;
}

const NOTHING: Known = { exact: null, needed: null };
const EMPTY: Known = { exact: [""], needed: null };

const shortest = (texts: readonly string[]): number => Math.min(...texts.map(({ length }) => length));

/** The more telling of two: its shortest text is longer, or there are fewer. */
function better(one: readonly string[] | null, other: readonly string[] | null): readonly string[] | null {
  if (other === null || shortest(other) === 0) return one;
  if (one === null) return other;
  const [mine, others] = [shortest(one), shortest(other)];
  if (mine === others) return other.length < one.length ? other : one;
  return others > mine ? other : one;
}

function inSequence(parts: readonly Known[]): Known {
  let needed: readonly string[] | null = null;
  let run: readonly string[] = [""];
  let isExact = true;
  for (const { exact, needed: inner } of parts) {
    if (exact !== null && run.length * exact.length <= MAX_TEXTS) {
      run = run.flatMap((before) => exact.map((text) => before + text));
      continue;
    }
    isExact = false;
    needed = better(better(needed, run), inner);
    run = exact !== null && exact.length <= MAX_TEXTS ? exact : [""];
  }
  return { exact: isExact ? run : null, needed: better(needed, run) };
}

function either(branches: readonly Known[]): Known {
  const exact = branches.flatMap((branch) => branch.exact ?? []);
  const isExact = branches.every((branch) => branch.exact !== null) && exact.length <= MAX_TEXTS;
  const all = branches.map((branch) => better(branch.needed, branch.exact));
  const needed = all.flatMap((texts) => texts ?? []);
  return { exact: isExact ? exact : null, needed: all.includes(null) ? null : needed };
}

function repeated(part: Known, min: number, max: number): Known {
  if (min === 1 && max === 1) return part;
  if (min === 0)
    return max === 1 && part.exact !== null ? { exact: ["", ...part.exact], needed: null } : NOTHING;
  return { exact: null, needed: better(part.needed, part.exact) };
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

/** A character outside of classes, or a class of a few of them, written out. */
function partOf(token: string): Known {
  if (token.startsWith("[")) return classOf(token.slice(1, -1));
  if (token === ".") return NOTHING;
  if (!token.startsWith("\\")) return { exact: [token.toLowerCase()], needed: null };
  const code = /^\\[xu](.+)$/.exec(token)?.[1];
  if (code !== undefined)
    return { exact: [String.fromCharCode(Number.parseInt(code, 16)).toLowerCase()], needed: null };
  const char = token.slice(1);
  if (/[a-z0-9]/i.test(char)) {
    const control = CONTROLS.get(char);
    return control === undefined ? NOTHING : { exact: [control], needed: null };
  }
  return { exact: [char], needed: null };
}

/** Only of signs and letters without ranges and escapes. */
function classOf(content: string): Known {
  if (content.length > 4 || content.startsWith("^") || /[\\-]/.test(content)) return NOTHING;
  return { exact: [...new Set(content.toLowerCase())], needed: null };
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
      } else if (token["anchor"] !== undefined) parts.push(EMPTY);
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

/** Texts in lower case of which every match of a pattern holds one, in either case; `null`: none is known. */
export function neededTexts(pattern: string): readonly string[] | null {
  const { exact, needed } = new Reader(pattern).read();
  const texts = better(needed, exact);
  return texts === null ? null : [...new Set(texts)];
}
