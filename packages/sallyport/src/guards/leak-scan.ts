import { Buffer } from "node:buffer";
import { LeakText, pairOf, type LeakDetector, type LeakFind, type LeakSpan } from "./leak-detector.ts";
import { isOwnWord, standsAt } from "./leak-bytes.ts";
import { LeakNumbers } from "./leak-numbers.ts";
import {
  BLOCK,
  collect,
  DOTTED,
  firstPairAt,
  GROUP_BITS,
  groupBits,
  load,
  MARGIN,
  MAX_SIGNS,
  numberPlaces,
  pairAt,
  secondPairAt,
  SIGN_BITS,
  signPlaces,
} from "./leak-prefilter.ts";
import { anchorsOf } from "./leak-pairs.ts";
import { Windows } from "./leak-windows.ts";

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

/** How far behind a word that gives a number its meaning the number may begin, bytes. */
const CONTEXT_BYTES = 64;

/**
 * Looks for everything that detectors look for, in one pass over the bytes. The pass reads four bytes at once, and two tables'
 * worth of bits about their pairs; only where a pair is one that a detector's word or number needs does anything else run.
 */
export class LeakScanner {
  readonly #table = new Uint16Array(65_536);
  readonly #signs: Sign[][] = [[]];
  readonly #windows = new Windows(MAX_SIGNS);
  readonly #numbers: LeakNumbers;
  #text: LeakText = NOTHING;
  #findings: LeakFinding[] = [];
  /** Detectors that share a list of words share its slot. */
  readonly #slotOf = new Map<readonly string[], number>();

  constructor(detectors: readonly LeakDetector[]) {
    for (let first = 0; first < 256; first++)
      for (let second = 0; second < 256; second++)
        this.#table[pairOf(first, second)] = groupBits(first, second);
    this.#numbers = new LeakNumbers((detector, span) => this.#found(detector, span));
    for (const detector of detectors) this.#add(detector);
  }

  /** Everything that is found, in the order of where it was seen; at most `MAX_FINDINGS`. The bytes are not kept. */
  scan(bytes: Uint8Array): readonly LeakFinding[] {
    this.#text = new LeakText(bytes);
    this.#findings = NONE;
    this.#numbers.begin(this.#text);
    for (let start = 0; start < bytes.length; start += BLOCK) this.#scanBlock(start, load(bytes, start));
    const found = this.#findings;
    this.#findings = NONE;
    this.#text = NOTHING;
    return found;
  }

  #scanBlock(start: number, words: number): void {
    const table = this.#table;
    const beside = start - MARGIN;
    const numbers = collect(table, words);
    const signs = this.#windows.sift(table);
    let sign = 0;
    for (let number = 0; number < numbers; number++) {
      const index = numberPlaces[number] ?? 0;
      // In the order in which they stand: a word that gives a number its meaning stands before it.
      while (sign < signs && (signPlaces[sign] ?? 0) < index * 4 + 4)
        this.#askAt(signPlaces[sign++] ?? 0, beside);
      const first = firstPairAt(table, index);
      const second = secondPairAt(table, index);
      const found = (first & second) | ((first | second) & DOTTED);
      this.#numbers.see(found, beside + index * 4);
    }
    while (sign < signs) this.#askAt(signPlaces[sign++] ?? 0, beside);
  }

  #askAt(place: number, beside: number): void {
    this.#ask(pairAt(this.#table, place) >> SIGN_BITS, place + beside);
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

  #add(detector: LeakDetector): void {
    for (const trigger of detector.triggers) {
      const { kind } = trigger;
      if (kind === "words") {
        const { words, ignoreCase = false, find } = trigger;
        this.#addWords(words, { detector, ignoreCase, find });
      } else if (kind === "pairs") {
        for (const pair of trigger.pairs)
          this.#addSign(
            pair,
            { detector, word: null, ignoreCase: false, offset: 0, find: trigger.find },
            trigger.isTwoDots,
          );
      } else if (kind === "iban") {
        this.#numbers.addIban(detector, trigger.find);
      } else {
        const { shapes, context, check, veto, keepLast = 0, leads = "", hasLetter = false } = trigger;
        const slots = (context ?? []).map((words) => this.#contextOf(words));
        const bits = Array.from(leads, Number).reduce((mask, digit) => mask | (1 << digit), 0);
        for (const shape of shapes)
          this.#numbers.addShape(shape, { detector, slots, check, veto, keepLast, leads: bits, hasLetter });
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
        this.#numbers.name(slot, at + length + CONTEXT_BYTES);
        return null;
      };
      this.#addWords([word], { detector: null, ignoreCase: true, find });
    }
    return slot;
  }

  #addWords(words: readonly string[], sign: Omit<Sign, "word" | "offset">): void {
    for (const written of words) {
      const word = Buffer.from(sign.ignoreCase ? written.toLowerCase() : written);
      for (const { pair, offset } of anchorsOf(word, sign.ignoreCase))
        this.#addSign(pair, { ...sign, word, offset });
    }
  }

  #addSign(pair: number, sign: Sign, isTwoDots = false): void {
    const entry = this.#table[pair] ?? 0;
    const known = entry >> SIGN_BITS;
    const signs = known === 0 ? this.#signs.length : known;
    if (signs > MAX_SIGNS) throw new RangeError("too many different words to look for");
    this.#table[pair] = (signs << SIGN_BITS) | (entry & GROUP_BITS);
    this.#signs[signs] = [...(this.#signs[signs] ?? []), sign];
    if (isTwoDots) this.#windows.addTwoDots(signs);
    else this.#windows.add(signs, sign.word, sign.offset);
  }
}

const NONE: LeakFinding[] = [];
const NOTHING = new LeakText(new Uint8Array(0));
