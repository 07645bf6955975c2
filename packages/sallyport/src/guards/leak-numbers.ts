import {
  byteAt,
  isDigit,
  isWord,
  type LeakDetector,
  type LeakFind,
  type LeakSpan,
  type LeakText,
} from "./leak-detector.ts";
import { beginsIban, compactOf, isBlocked } from "./leak-bytes.ts";
import { addGroup, addSeparator, Groups, separatorCode, shapeKey } from "./leak-groups.ts";
import { beginKey, type SieveForms } from "./leak-sieve-tables.ts";
import { LENGTHS, MIN_ALONE } from "./leak-sieve-layout.ts";

/** A number of one form. */
export interface LeakShape {
  readonly detector: LeakDetector;
  /** Which contexts it may stand in; empty: it needs none. */
  readonly slots: readonly number[];
  readonly check: (compact: string) => boolean;
  readonly veto: ((text: LeakText, start: number) => boolean) | undefined;
  readonly keepLast: number;
  /** Which digits it may begin with, a bit each; 0: anything. */
  readonly leads: number;
  readonly hasLetter: boolean;
}

interface Shape extends LeakShape {
  readonly digits: number;
}

/** The fewest digits of any value: some IBANs have hardly more than their check digits. */
const MIN_DIGITS = 2;
const MAX_GROUPS_OF_A_SHAPE = 7;
const ANY_LEAD = 2 ** 10 - 1;

/** Numbers and codes in groups, told by the lengths of the groups and by what stands between them. */
export class LeakNumbers {
  readonly #shapes = new Map<number, Shape[]>();
  /** Whether any shape begins with a group of that length, that separator behind it, and a group of that length. */
  readonly #begins = new Uint8Array(LENGTHS * 4 * LENGTHS);
  /** Forms that need no word before them. */
  readonly forms: SieveForms = {
    alone: new Uint16Array(LENGTHS),
    lettered: new Uint8Array(LENGTHS),
    begins: new Uint8Array(LENGTHS * 4 * LENGTHS),
  };
  readonly #ibans: { readonly detector: LeakDetector; readonly find: LeakFind }[] = [];
  readonly #found: (detector: LeakDetector, span: LeakSpan) => void;
  readonly #groups = new Groups();
  /** Until where each context reaches. */
  readonly #namedUntil: number[] = [];
  #hasContext = false;
  /** What is still to be looked at for numbers that a word gives their meaning. */
  #namedFrom = 0;
  #namedEnd = 0;
  #end = 0;
  #text: LeakText | null = null;

  constructor(found: (detector: LeakDetector, span: LeakSpan) => void) {
    this.#found = found;
  }

  addIban(detector: LeakDetector, find: LeakFind): void {
    this.#ibans.push({ detector, find });
  }

  addShape(shape: string, options: LeakShape): void {
    const key = shapeKey(shape);
    const [, separator = ""] = /^\d+([ .-]?)/.exec(shape) ?? [];
    const lengths = shape.split(/[ .-]/).map(Number);
    const digits = lengths.reduce((sum, each) => sum + each, 0);
    this.#addForm(lengths, separatorCode(separator.charCodeAt(0)), options);
    this.#shapes.set(key, [...(this.#shapes.get(key) ?? []), { ...options, digits }]);
  }

  #addForm(lengths: readonly number[], separator: number, { slots, hasLetter, leads }: LeakShape): void {
    const [first = 0, second] = lengths;
    const { alone, lettered, begins } = this.forms;
    if (second !== undefined) {
      const key = beginKey(first, separator, second);
      this.#begins[key] = 1;
      if (slots.length === 0) begins[key] = (begins[key] ?? 0) | (lengths.length === 2 ? 1 : 2);
    } else if (slots.length === 0) {
      // A letter may stand in any, as in place of a check digit.
      lettered[first] = 1;
      if (!hasLetter) alone[first] = (alone[first] ?? 0) | (leads === 0 ? ANY_LEAD : leads);
    }
  }

  /** What follows is of another message. */
  begin(text: LeakText): void {
    this.#text = text;
    this.#end = 0;
    if (this.#hasContext) this.#namedUntil.fill(0);
    this.#hasContext = false;
    this.#namedFrom = 0;
    this.#namedEnd = 0;
  }

  /** A word was seen that gives a number its meaning, up to some place. @param end where the word ends */
  name(slot: number, end: number, until: number): void {
    this.#catchUp(end);
    while (this.#namedUntil.length <= slot) this.#namedUntil.push(0);
    this.#namedUntil[slot] = until;
    this.#hasContext = true;
    this.#namedFrom = Math.max(this.#namedFrom, end);
    this.#namedEnd = until;
  }

  /** A number that needs no word may begin there. Asked in the order of the bytes. */
  see(at: number): void {
    this.#catchUp(at);
    this.#readAt(at);
  }

  /** The message is over. */
  finish(): void {
    this.#catchUp(Number.POSITIVE_INFINITY);
  }

  /** Looks at every number behind a word that gives it its meaning, up to a place: then another word may have been seen. */
  #catchUp(to: number): void {
    const text = this.#text;
    if (!this.#hasContext || text === null) return;
    const { bytes } = text;
    const last = Math.min(to, this.#namedEnd, bytes.length);
    for (let at = Math.max(this.#namedFrom, this.#end); at < last; at++)
      if (isDigit(bytes[at] ?? 0)) {
        this.#readAt(at);
        at = Math.max(at, this.#end - 1);
      }
    this.#namedFrom = Math.max(this.#namedFrom, last);
  }

  /** Reads the groups there, unless they have been read: some at a time, where there are many. */
  #readAt(at: number): void {
    while (this.#end <= at) this.#readGroups(this.#text, at);
  }

  #readGroups(text: LeakText | null, at: number): void {
    if (text === null) return;
    const groups = this.#groups;
    const { bytes } = text;
    groups.read(bytes, at, this.#end);
    this.#end = groups.end;
    const { digits, separators } = groups;
    if (digits < MIN_DIGITS) return;
    // A name or a code in small letters begins in the last one: it is none.
    const count = isWord(byteAt(bytes, groups.end)) ? groups.count - 1 : groups.count;
    // By far the most frequent: a number with decimals.
    if (count === 2 && separators[0] === DOT) return;
    for (let index = isBlocked(bytes, groups.start) ? 1 : 0; index < count; index++)
      this.#beginAt(text, index, count);
  }

  #beginAt(text: LeakText, index: number, count: number): void {
    const { starts, lengths, separators } = this.#groups;
    const start = starts[index] ?? 0;
    const length = lengths[index] ?? 0;
    if (length >= 4 && beginsIban(text.bytes, start)) this.#askIban(text, start);
    if (length >= LENGTHS) return;
    if (length >= MIN_ALONE) this.#askShape(addGroup(0, length), index, index);
    if (index + 1 >= count) return;
    const next = lengths[index + 1] ?? 0;
    if (next >= LENGTHS || this.#begins[beginKey(length, separators[index] ?? 0, next)] !== 1) return;
    this.#askFrom(index, Math.min(count, index + MAX_GROUPS_OF_A_SHAPE));
  }

  #askFrom(index: number, last: number): void {
    const { lengths, separators } = this.#groups;
    let key = addGroup(0, lengths[index] ?? 0);
    for (let next = index + 1; next < last; next++) {
      key = addGroup(addSeparator(key, separators[next - 1] ?? 0), Math.min(LENGTHS, lengths[next] ?? 0));
      this.#askShape(key, index, next);
    }
  }

  #askIban(text: LeakText, start: number): void {
    for (const { detector, find } of this.#ibans) {
      const span = find(text, start);
      if (span !== null) this.#found(detector, span);
    }
  }

  #askShape(key: number, first: number, last: number): void {
    const shapes = this.#shapes.get(key);
    const text = this.#text;
    if (shapes === undefined || text === null) return;
    const { starts, lengths } = this.#groups;
    const start = starts[first] ?? 0;
    const end = (starts[last] ?? 0) + (lengths[last] ?? 0);
    const lead = 1 << (byteAt(text.bytes, start) - ZERO);
    let compact: string | null = null;
    for (let index = 0; index < shapes.length; index++) {
      const shape = shapes[index];
      if (shape === undefined || (shape.leads !== 0 && (shape.leads & lead) === 0)) continue;
      if (shape.slots.length > 0 && !this.#isNamed(shape.slots, start)) continue;
      if (!this.#standsAlone(first, last, shape.digits)) continue;
      compact ??= first === last ? text.part(start, end) : compactOf(text.bytes, start, end);
      if (!shape.check(compact) || shape.veto?.(text, start) === true) continue;
      this.#found(shape.detector, { start, end, keepLast: shape.keepLast });
    }
  }

  #isNamed(slots: readonly number[], start: number): boolean {
    return this.#hasContext && slots.some((slot) => (this.#namedUntil[slot] ?? 0) > start);
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
}

const ZERO = 0x30;
const SPACE = separatorCode(0x20);
const DOT = separatorCode(0x2e);
