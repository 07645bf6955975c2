import { Buffer } from "node:buffer";
import { isOwnWord, standsAt } from "./leak-bytes.ts";
import { LeakText, type LeakDetector, type LeakFind, type LeakSpan } from "./leak-detector.ts";
import { LeakNumbers } from "./leak-numbers.ts";
import { createSieve } from "./leak-sieve.ts";
import type { Sieve, SieveSights, SieveTables } from "./leak-sieve-tables.ts";
import { prepareSearch, type WrittenWord } from "./leak-words.ts";

/** Something that a detector found. */
export interface LeakFinding extends LeakSpan {
  readonly detector: LeakDetector;
}

/** Findings at most of one message; a message with more is full of them. */
export const MAX_FINDINGS = 10_000;

/** What is asked where something was seen. */
interface Sign {
  /** `null`: it finds nothing by itself. */
  readonly detector: LeakDetector | null;
  readonly find: LeakFind;
}

/** How far behind a word that gives a number its meaning the number may begin, bytes. */
const CONTEXT_BYTES = 64;

/**
 * Looks for everything that detectors look for, in one pass over the bytes: a sieve tells where one of their words or numbers may stand, and
 * only there does anything else run.
 */
export class LeakScanner {
  readonly #words: WrittenWord[] = [];
  readonly #wordAt = new Map<string, number>();
  /** By the number of the word. */
  readonly #signs: Sign[][] = [];
  readonly #bySign: Sign[] = [];
  #sign: number | null = null;
  readonly #dots: Sign[] = [];
  readonly #numbers: LeakNumbers;
  readonly #sieve: Sieve;
  readonly #sights: SieveSights;
  #text: LeakText = NOTHING;
  #findings: LeakFinding[] = [];
  /** Those that are told once, and were. */
  readonly #told = new Set<LeakDetector>();
  /** Detectors that share a list of words share its slot. */
  readonly #slotOf = new Map<readonly string[], number>();

  /** @param make makes the sieve */
  constructor(detectors: readonly LeakDetector[], make: (tables: SieveTables) => Sieve = createSieve) {
    this.#numbers = new LeakNumbers((detector, span) => this.#found(detector, span));
    for (const detector of detectors) this.#add(detector);
    this.#sieve = make({
      words: this.#words,
      forms: this.#numbers.forms,
      sign: this.#sign,
    });
    this.#sights = {
      word: (index, at) => this.#seeWord(index, at),
      number: (at) => this.#numbers.see(at),
      sign: (at) => this.#ask(this.#bySign, at),
      dots: (at) => this.#ask(this.#dots, at),
    };
  }

  /** Everything that is found; at most `MAX_FINDINGS`. The bytes are not kept. */
  scan(bytes: Uint8Array): readonly LeakFinding[] {
    this.#text = new LeakText(bytes);
    this.#findings = NONE;
    if (this.#told.size > 0) this.#told.clear();
    this.#numbers.begin(this.#text);
    this.#sieve.look(bytes, this.#sights);
    this.#numbers.finish();
    const found = this.#findings;
    this.#findings = NONE;
    this.#text = NOTHING;
    return found;
  }

  #seeWord(index: number, at: number): void {
    const found = this.#words[index];
    if (found !== undefined && standsAt(this.#text.bytes, at, found.word, found.ignoreCase))
      this.#ask(this.#signs[index], at);
  }

  #ask(signs: readonly Sign[] | undefined, at: number): void {
    if (signs === undefined) return;
    for (const { detector, find } of signs) {
      const span = find(this.#text, at);
      if (span !== null && detector !== null) this.#found(detector, span);
    }
  }

  #found(detector: LeakDetector, { start, end, keepLast = 0 }: LeakSpan): void {
    if (detector.once === true) {
      if (this.#told.has(detector)) return;
      this.#told.add(detector);
    }
    if (this.#findings === NONE) this.#findings = [];
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push({ detector, start, end, keepLast });
  }

  #add(detector: LeakDetector): void {
    for (const trigger of detector.triggers) {
      const { kind } = trigger;
      if (kind === "words") {
        const { words, ignoreCase = false, also, find } = trigger;
        for (const word of words) this.#addWord({ word, ignoreCase, also }, { detector, find });
      } else if (kind === "sign") {
        const byte = trigger.sign.charCodeAt(0);
        if (this.#sign !== null && this.#sign !== byte) throw new RangeError("one sign can be looked for");
        this.#sign = byte;
        this.#bySign.push({ detector, find: trigger.find });
      } else if (kind === "dots") {
        this.#dots.push({ detector, find: trigger.find });
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
        this.#numbers.name(slot, at + length, at + length + CONTEXT_BYTES);
        return null;
      };
      this.#addWord({ word, ignoreCase: true }, { detector: null, find });
    }
    return slot;
  }

  #addWord({ word: written, ignoreCase, also }: DetectorWord, sign: Sign): void {
    const word = Buffer.from(ignoreCase ? written.toLowerCase() : written);
    const key = JSON.stringify([word.toString(), ignoreCase, also]);
    const index = this.#wordAt.get(key) ?? this.#words.length;
    this.#wordAt.set(key, index);
    this.#words[index] = { word, ignoreCase, also: also && [also[0], also[1].charCodeAt(0)] };
    this.#signs[index] = [...(this.#signs[index] ?? []), sign];
  }
}

/**
 * Makes a scanner while others go on, and has it scan once, so that its programs are translated before the first message. To choose how
 * its words are looked for takes a tenth of a second.
 */
export async function prepareScanner(detectors: readonly LeakDetector[]): Promise<LeakScanner> {
  let words: readonly WrittenWord[] = [];
  const collect = (tables: SieveTables): Sieve => {
    ({ words } = tables);
    return BLIND;
  };
  new LeakScanner(detectors, collect).scan(SAMPLE);
  await prepareSearch(words);
  const scanner = new LeakScanner(detectors);
  scanner.scan(SAMPLE);
  return scanner;
}
const SAMPLE: Uint8Array = Buffer.from('{"password":"x","card":"4111 1111 1111 1112","at":"a@b.example"}');
const BLIND: Sieve = { look: () => undefined };

/** A word as a detector has it. */
interface DetectorWord {
  readonly word: string;
  readonly ignoreCase: boolean;
  readonly also?: readonly [offset: number, sign: string] | undefined;
}

const NONE: LeakFinding[] = [];
const NOTHING = new LeakText(new Uint8Array(0));
