import {
  byteAt,
  isCapital,
  isDigit,
  isWord,
  type LeakDetector,
  type LeakFind,
  type LeakSpan,
  type LeakText,
} from "./leak-detector.ts";
import {
  beginsIban,
  compactOf,
  hasTwoDots,
  isBlocked,
  isInGroups,
  isLongRun,
  MAX_BEHIND_DOT,
} from "./leak-bytes.ts";
import { addGroup, addSeparator, Groups, isOfGroups, separatorCode, shapeKey } from "./leak-groups.ts";
import { ALL_DIGITS, OF_GROUPS } from "./leak-prefilter.ts";

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
/** Lengths of groups are less than this; a longer one is in no value. */
const LENGTHS = 32;
const ANY_LEAD = 2 ** 10 - 1;

/** Numbers and codes in groups, told by the lengths of the groups and by what stands between them. */
export class LeakNumbers {
  readonly #shapes = new Map<number, Shape[]>();
  /** Whether any shape begins with a group of that length, that separator behind it, and a group of that length. */
  readonly #begins = new Uint8Array(LENGTHS * 4 * LENGTHS);
  /** What a number of so many digits and no groups may begin with, a bit each: those that need no context, and those that do. */
  readonly #leads = new Uint16Array(LENGTHS);
  readonly #namedLeads = new Uint16Array(LENGTHS);
  readonly #ibans: { readonly detector: LeakDetector; readonly find: LeakFind }[] = [];
  readonly #found: (detector: LeakDetector, span: LeakSpan) => void;
  readonly #groups = new Groups();
  /** Until where each context reaches. */
  readonly #namedUntil: number[] = [];
  #hasContext = false;
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
    const [first = 0, second = 0] = lengths;
    const digits = lengths.reduce((sum, each) => sum + each, 0);
    if (lengths.length > 1) this.#begins[beginKey(first, separatorCode(separator.charCodeAt(0)), second)] = 1;
    else if (!options.hasLetter) {
      const leads = options.slots.length === 0 ? this.#leads : this.#namedLeads;
      leads[first] = (leads[first] ?? 0) | (options.leads === 0 ? ANY_LEAD : options.leads);
    }
    this.#shapes.set(key, [...(this.#shapes.get(key) ?? []), { ...options, digits }]);
  }

  /** What follows is of another message. */
  begin(text: LeakText): void {
    this.#text = text;
    this.#end = 0;
    if (this.#hasContext) this.#namedUntil.fill(0);
    this.#hasContext = false;
  }

  /** A word was seen that gives a number its meaning, up to some place. */
  name(slot: number, until: number): void {
    while (this.#namedUntil.length <= slot) this.#namedUntil.push(0);
    this.#namedUntil[slot] = until;
    this.#hasContext = true;
  }

  /**
   * Four bytes were seen of which a number may have been: digits, digits in eight bytes of groups, or dots near by.
   * @param found what is known of both of their pairs
   */
  see(found: number, at: number): void {
    if (at + 3 < this.#end || this.#text === null) return;
    const { bytes } = this.#text;
    if ((found & ALL_DIGITS) !== 0) this.#seeDigits(bytes, at);
    else if ((found & OF_GROUPS) !== 0 ? isInGroups(bytes, at) : hasTwoDots(bytes, at))
      this.#readGroups(this.#text, at);
  }

  #seeDigits(bytes: Uint8Array, at: number): void {
    let start = at;
    const least = Math.max(0, at - LENGTHS);
    while (start > least && isDigit(bytes[start - 1] ?? 0)) start--;
    let end = at + 4;
    const most = Math.min(bytes.length, at + 2 * LENGTHS);
    while (end < most && isDigit(bytes[end] ?? 0)) end++;
    const before = byteAt(bytes, start - 1);
    // Decimals, of which games and markets are full: no value has so many digits behind a dot. Nor so many at all.
    if ((before === DOT_BYTE && end - start > MAX_BEHIND_DOT) || end - start >= LENGTHS) this.#end = end;
    else if (isAlone(bytes, start, end)) this.#seeAlone(start, end);
    else if (isLongRun(bytes, start, end) || isInGroups(bytes, at)) this.#readGroups(this.#text, at);
  }

  /** Most numbers: digits, and no group beside them. */
  #seeAlone(start: number, end: number): void {
    const text = this.#text;
    const least = this.#end;
    this.#end = end;
    const length = end - start;
    const leads = (this.#leads[length] ?? 0) | (this.#hasContext ? (this.#namedLeads[length] ?? 0) : 0);
    if (leads === 0 || text === null || start < least) return;
    if (((leads >> (byteAt(text.bytes, start) - ZERO)) & 1) === 0) return;
    if (isWord(byteAt(text.bytes, end)) || isBlocked(text.bytes, start)) return;
    this.#groups.setOne(start, end);
    this.#askShape(addGroup(0, length), 0, 0);
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

function beginKey(length: number, separator: number, next: number): number {
  return (length * 4 + separator) * LENGTHS + next;
}

/** Whether nothing of a group stands beside digits. */
function isAlone(bytes: Uint8Array, start: number, end: number): boolean {
  const before = byteAt(bytes, start - 1);
  if (isOfGroups(before) && (isGroup(before) || isGroup(byteAt(bytes, start - 2)))) return false;
  const behind = byteAt(bytes, end);
  return !isOfGroups(behind) || !(isGroup(behind) || isGroup(byteAt(bytes, end + 1)));
}

function isGroup(byte: number): boolean {
  return isDigit(byte) || isCapital(byte);
}

/** Digits and capitals of the shortest number without groups. */
const MIN_ALONE = 8;
const ZERO = 0x30;
const DOT_BYTE = 0x2e;
const SPACE = separatorCode(0x20);
const DOT = separatorCode(0x2e);
