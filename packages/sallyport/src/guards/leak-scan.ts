import { Buffer } from "node:buffer";
import {
  byteAt,
  isDigit,
  isWord,
  LeakText,
  pairOf,
  type LeakDetector,
  type LeakFind,
  type LeakSpan,
} from "./leak-detector.ts";
import {
  beginsIban,
  compactOf,
  hasTwoDots,
  isBlocked,
  isInGroups,
  isLongRun,
  isOwnWord,
  MAX_BEHIND_DOT,
  standsAt,
} from "./leak-bytes.ts";
import { addGroup, addSeparator, Groups, separatorCode, shapeKey } from "./leak-groups.ts";
import {
  ALL_DIGITS,
  BLOCK,
  candidates,
  collect,
  DOTTED,
  GROUP_BITS,
  groupBits,
  MAX_SIGNS,
  OF_GROUPS,
  firstPairAt,
  secondPairAt,
  scratch,
  SIGN_BITS,
} from "./leak-prefilter.ts";
import { anchorsOf, waysToWrite } from "./leak-pairs.ts";

/** Something that a detector found. */
export interface LeakFinding extends LeakSpan {
  readonly detector: LeakDetector;
}

/** Findings at most of one message; a message with more is full of them. */
export const MAX_FINDINGS = 10_000;

/** What is looked for where a pair of bytes stands. */
interface Sign {
  readonly detector: LeakDetector | null;
  /** The word around the pair; `null`: the pair is all. In lower case where case does not matter. */
  readonly word: Uint8Array | null;
  readonly ignoreCase: boolean;
  readonly offset: number;
  readonly find: LeakFind;
}

interface Shape {
  readonly detector: LeakDetector;
  /** Which contexts it may stand in; empty: it needs none. */
  readonly slots: readonly number[];
  readonly groups: number;
  readonly digits: number;
  readonly check: (compact: string) => boolean;
  readonly veto: ((text: LeakText, start: number) => boolean) | undefined;
  readonly keepLast: number;
  /** Which digits it may begin with, a bit each; 0: anything. */
  readonly leads: number;
}

/** How far behind a word that gives a number its meaning the number may begin, bytes. */
const CONTEXT_BYTES = 64;
/** The fewest digits of any value: some IBANs have hardly more than their check digits. */
const MIN_DIGITS = 2;
const MAX_GROUPS_OF_A_SHAPE = 7;
/**
 * Looks for everything that detectors look for, in one pass over the bytes. The pass reads four bytes at once, and two tables'
 * worth of bits about their pairs; only where a pair is one that a detector's word or number needs does anything else run.
 */
export class LeakScanner {
  readonly #table = new Uint16Array(65_536);
  readonly #signs: Sign[][] = [[]];
  /** Which bytes may stand behind a pair of signs, or before it: a hash of both, so that it errs on the side of looking. */
  readonly #beside = new Uint8Array(65_536);
  readonly #shapes = new Map<number, Shape[]>();
  /** Whether any shape begins with a group of that length and that separator behind it. */
  readonly #begins = new Uint8Array(32 * 4);
  readonly #ibans: { readonly detector: LeakDetector; readonly find: LeakFind }[] = [];
  readonly #contextUntil: Int32Array;
  #hasContext = false;
  readonly #groups = new Groups();
  #groupsEnd = 0;
  #text: LeakText = NOTHING;
  #findings: LeakFinding[] = [];
  /** Detectors that share a list of words share its slot. */
  readonly #slotOf = new Map<readonly string[], number>();

  constructor(detectors: readonly LeakDetector[]) {
    for (let first = 0; first < 256; first++)
      for (let second = 0; second < 256; second++)
        this.#table[pairOf(first, second)] = groupBits(first, second);
    for (const detector of detectors) this.#add(detector);
    this.#contextUntil = new Int32Array(this.#slotOf.size);
  }

  /** Everything that is found, in the order of where it was seen; at most `MAX_FINDINGS`. The bytes are not kept. */
  scan(bytes: Uint8Array): readonly LeakFinding[] {
    this.#text = new LeakText(bytes);
    this.#findings = NONE;
    this.#groupsEnd = 0;
    if (this.#hasContext) this.#contextUntil.fill(0);
    this.#hasContext = false;
    for (let start = 0; start < bytes.length; start += BLOCK) {
      const size = Math.min(BLOCK, bytes.length - start);
      scratch.set(size === bytes.length ? bytes : bytes.subarray(start, start + size));
      for (let index = size; index < size + 4; index++) scratch[index] = 0;
      this.#scanBlock(start, (size + 3) >> 2);
    }
    const found = this.#findings;
    this.#findings = NONE;
    this.#text = NOTHING;
    return found;
  }

  #scanBlock(start: number, words: number): void {
    const table = this.#table;
    const { bytes } = this.#text;
    const count = collect(table, words);
    for (let candidate = 0; candidate < count; candidate++) {
      const index = candidates[candidate] ?? 0;
      const at = start + index * 4;
      const first = firstPairAt(table, index);
      const second = secondPairAt(table, index);
      if (first >> SIGN_BITS !== 0 && mayBe(this.#beside, first >> SIGN_BITS, bytes, at))
        this.#ask(first >> SIGN_BITS, at);
      if (second >> SIGN_BITS !== 0 && mayBe(this.#beside, second >> SIGN_BITS, bytes, at + 2))
        this.#ask(second >> SIGN_BITS, at + 2);
      const found = (first & second) | ((first | second) & DOTTED);
      if ((found & GROUP_BITS) !== 0 && at + 3 >= this.#groupsEnd) this.#seeNumber(found, at);
    }
  }

  /** Reads the groups where a number may be: digits in eight bytes of groups, enough digits in a row, or two dots near by. */
  #seeNumber(found: number, at: number): void {
    const { bytes } = this.#text;
    if ((found & ALL_DIGITS) !== 0) {
      let start = at;
      while (isDigit(byteAt(bytes, start - 1))) start--;
      let end = at + 4;
      while (isDigit(byteAt(bytes, end))) end++;
      // Decimals, of which games and markets are full: no value has so many digits behind a dot.
      if (byteAt(bytes, start - 1) === DOT_BYTE && end - start > MAX_BEHIND_DOT) {
        this.#groupsEnd = end;
        return;
      }
      if (isLongRun(bytes, start, end) || isInGroups(bytes, at)) this.#readGroups(at);
    } else if ((found & OF_GROUPS) !== 0 ? isInGroups(bytes, at) : hasTwoDots(bytes, at))
      this.#readGroups(at);
  }

  #ask(signs: number, at: number): void {
    const text = this.#text;
    const list = this.#signs[signs] ?? [];
    for (let index = 0; index < list.length; index++) {
      const sign = list[index];
      if (sign === undefined) break;
      const start = at - sign.offset;
      if (sign.word !== null && !standsAt(text.bytes, start, sign.word, sign.ignoreCase)) continue;
      const span = sign.find(text, start);
      if (span !== null && sign.detector !== null) this.#found(sign.detector, span);
    }
  }

  #found(detector: LeakDetector, { start, end, keepLast = 0 }: LeakSpan): void {
    if (this.#findings === NONE) this.#findings = [];
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push({ detector, start, end, keepLast });
  }

  #readGroups(at: number): void {
    const groups = this.#groups;
    const { bytes } = this.#text;
    groups.read(bytes, at, this.#groupsEnd);
    this.#groupsEnd = groups.end;
    const { digits, separators } = groups;
    if (digits < MIN_DIGITS) return;
    // A name or a code in small letters begins in the last one: it is none.
    const count = isWord(byteAt(bytes, groups.end)) ? groups.count - 1 : groups.count;
    // By far the most frequent: a number with decimals.
    if (count === 2 && separators[0] === DOT) return;
    for (let index = isBlocked(bytes, groups.start) ? 1 : 0; index < count; index++)
      this.#beginAt(index, count);
  }

  #beginAt(index: number, count: number): void {
    const { starts, lengths, separators } = this.#groups;
    const start = starts[index] ?? 0;
    const length = lengths[index] ?? 0;
    if (this.#ibans.length > 0 && length >= 4 && beginsIban(this.#text.bytes, start)) this.#askIban(start);
    if (length > 31) return;
    if (this.#begins[length * 4] === 1) this.#askShape(addGroup(0, length), index, index);
    if (this.#begins[length * 4 + (separators[index] ?? 0)] !== 1) return;
    let key = addGroup(0, length);
    const last = Math.min(count, index + MAX_GROUPS_OF_A_SHAPE);
    for (let next = index + 1; next < last; next++) {
      key = addGroup(addSeparator(key, separators[next - 1] ?? 0), Math.min(31, lengths[next] ?? 0));
      this.#askShape(key, index, next);
    }
  }

  #askIban(start: number): void {
    for (const { detector, find } of this.#ibans) {
      const span = find(this.#text, start);
      if (span !== null) this.#found(detector, span);
    }
  }

  #askShape(key: number, first: number, last: number): void {
    const shapes = this.#shapes.get(key);
    if (shapes === undefined) return;
    const { starts, lengths } = this.#groups;
    const start = starts[first] ?? 0;
    const end = (starts[last] ?? 0) + (lengths[last] ?? 0);
    const lead = 1 << (byteAt(this.#text.bytes, start) - 0x30);
    let compact: string | null = null;
    for (let index = 0; index < shapes.length; index++) {
      const shape = shapes[index];
      if (shape === undefined || (shape.leads !== 0 && (shape.leads & lead) === 0)) continue;
      if (shape.slots.length > 0 && !this.#isNamed(shape.slots, start)) continue;
      if (!this.#standsAlone(first, last, shape.digits)) continue;
      compact ??= compactOf(this.#text.bytes, start, end);
      if (!shape.check(compact) || shape.veto?.(this.#text, start) === true) continue;
      this.#found(shape.detector, { start, end, keepLast: shape.keepLast });
    }
  }

  #isNamed(slots: readonly number[], start: number): boolean {
    return this.#hasContext && slots.some((slot) => (this.#contextUntil[slot] ?? 0) > start);
  }

  /** Whether the groups are a number of their own, and no part of a longer one, such as a list or a decimal. */
  #standsAlone(first: number, last: number, digits: number): boolean {
    const { separators } = this.#groups;
    const before = first === 0 ? 0 : (separators[first - 1] ?? 0);
    const behind = separators[last] ?? 0;
    if (first === last) return (before === 0 || before === SPACE) && (behind === 0 || behind === SPACE);
    if (digits >= 13) return before !== DOT && behind !== DOT;
    const inner = separators[first] ?? 0;
    return !this.#continues(before, first - 1, inner) && !this.#continues(behind, last + 1, inner);
  }

  /** Whether a group beyond a number belongs to the same list. */
  #continues(separator: number, group: number, inner: number): boolean {
    return separator !== 0 && this.#groups.numeric[group] === 1 && (separator === inner || separator === DOT);
  }

  #add(detector: LeakDetector): void {
    for (const trigger of detector.triggers) {
      const { kind } = trigger;
      if (kind === "words") {
        const { words, ignoreCase = false, find } = trigger;
        this.#addWords(words, { detector, ignoreCase, find });
      } else if (kind === "pairs") {
        for (const pair of trigger.pairs)
          this.#addSign(pair, { detector, word: null, ignoreCase: false, offset: 0, find: trigger.find });
      } else if (kind === "iban") {
        this.#ibans.push({ detector, find: trigger.find });
      } else {
        const { shapes, context, check, veto, keepLast = 0, leads = "" } = trigger;
        const slots = (context ?? []).map((words) => this.#contextOf(words));
        const bits = Array.from(leads, Number).reduce((mask, digit) => mask | (1 << digit), 0);
        for (const shape of shapes)
          this.#addShape(shape, { detector, slots, check, veto, keepLast, leads: bits });
      }
    }
  }

  #contextOf(words: readonly string[]): number {
    const known = this.#slotOf.get(words);
    if (known !== undefined) return known;
    const slot = this.#slotOf.size;
    this.#slotOf.set(words, slot);
    for (const word of words) {
      const { length } = Buffer.from(word);
      const find: LeakFind = ({ bytes }, at) => {
        if (!isOwnWord(bytes, at, length)) return null;
        this.#contextUntil[slot] = at + length + CONTEXT_BYTES;
        this.#hasContext = true;
        return null;
      };
      this.#addWords([word], { detector: null, ignoreCase: true, find });
    }
    return slot;
  }

  #addShape(shape: string, options: Omit<Shape, "groups" | "digits">): void {
    const key = shapeKey(shape);
    const [, length, separator = ""] = /^(\d+)([ .-]?)/.exec(shape) ?? [];
    const lengths = shape.split(/[ .-]/).map(Number);
    const digits = lengths.reduce((sum, each) => sum + each, 0);
    const code = separator === "" ? 0 : separatorCode(separator.charCodeAt(0));
    this.#begins[Number(length) * 4 + code] = 1;
    const known = this.#shapes.get(key) ?? [];
    this.#shapes.set(key, [...known, { ...options, groups: lengths.length, digits }]);
  }

  #addWords(words: readonly string[], sign: Omit<Sign, "word" | "offset">): void {
    for (const written of words) {
      const word = Buffer.from(sign.ignoreCase ? written.toLowerCase() : written);
      for (const { pair, offset } of anchorsOf(word, sign.ignoreCase))
        this.#addSign(pair, { ...sign, word, offset });
    }
  }

  #allowBeside(signs: number, { word, offset, ignoreCase }: Sign): void {
    const allow = (byte: number, side: number): void => {
      const key = besideKey(signs, byte);
      this.#beside[key] = (this.#beside[key] ?? 0) | side;
    };
    const next = word?.[offset + 2];
    const byte = next ?? word?.[offset - 1];
    if (byte === undefined) for (let any = 0; any < 256; any++) allow(any, NEXT);
    else
      for (const way of ignoreCase ? waysToWrite(byte) : [byte])
        allow(way, next === undefined ? PREVIOUS : NEXT);
  }

  #addSign(pair: number, sign: Sign): void {
    const entry = this.#table[pair] ?? 0;
    const known = entry >> SIGN_BITS;
    const signs = known === 0 ? this.#signs.length : known;
    if (signs > MAX_SIGNS) throw new RangeError("too many different words to look for");
    this.#table[pair] = (signs << SIGN_BITS) | (entry & GROUP_BITS);
    this.#signs[signs] = [...(this.#signs[signs] ?? []), sign];
    this.#allowBeside(signs, sign);
  }
}

/** What a pair's neighbour must be: the byte behind it, or the one before. */
const NEXT = 1;
const PREVIOUS = 2;

/** Whether what stands beside a pair may belong to one of its signs. */
function mayBe(beside: Uint8Array, signs: number, bytes: Uint8Array, at: number): boolean {
  const next = beside[besideKey(signs, byteAt(bytes, at + 2) & 0xff)] ?? 0;
  if ((next & NEXT) !== 0) return true;
  return ((beside[besideKey(signs, byteAt(bytes, at - 1) & 0xff)] ?? 0) & PREVIOUS) !== 0;
}

function besideKey(signs: number, byte: number): number {
  return (signs * 251 + byte * 7) & 0xffff;
}

const DOT_BYTE = 0x2e;

const NONE: LeakFinding[] = [];
const NOTHING = new LeakText(new Uint8Array(0));
const SPACE = separatorCode(0x20);
const DOT = separatorCode(0x2e);
