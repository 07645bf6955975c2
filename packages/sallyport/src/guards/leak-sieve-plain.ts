import { byteAt, isAlphanumeric, isCapital, isDigit } from "./leak-detector.ts";
import { separatorCode } from "./leak-groups.ts";
import { beginKey, type Sieve, type SieveForms, type SieveTables } from "./leak-sieve-tables.ts";
import { byteKinds, kindsOf, LENGTHS, MIN_ALONE } from "./leak-sieve-layout.ts";
import type { WrittenWord } from "./leak-words.ts";

/** Whether a word may stand there: its first eight bytes, both cases of a letter being one where case does not matter. */
function mayStandAt(bytes: Uint8Array, at: number, { word, ignoreCase, also }: WrittenWord): boolean {
  const fold = ignoreCase ? 0x20 : 0;
  for (let index = 0; index < word.length; index++)
    if ((byteAt(bytes, at + index) | fold) !== ((word[index] ?? 0) | fold)) return false;
  return also === undefined || (byteAt(bytes, at + also[0]) | fold) === (also[1] | fold);
}

const isGroup = (byte: number): boolean => isDigit(byte) || isCapital(byte);

/** How many digits and capitals stand there, no more than are counted. */
function groupAt(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end - start < LENGTHS && isGroup(byteAt(bytes, end))) end++;
  return end - start;
}

/** Whether a dash or a dot stands beside a number, and a group beyond it: then it is none of its own. */
function isJoined(bytes: Uint8Array, separator: number, beyond: number): boolean {
  return separatorCode(byteAt(bytes, separator)) > 1 && isGroup(byteAt(bytes, beyond));
}

/** Whether a code or a number of so many digits and capitals alone is looked for. */
function isLone(bytes: Uint8Array, start: number, { alone, lettered }: SieveForms): boolean {
  const length = groupAt(bytes, start);
  const end = start + length;
  if (length < MIN_ALONE || length >= LENGTHS || isAlphanumeric(byteAt(bytes, end))) return false;
  if (isJoined(bytes, start - 1, start - 2) || isJoined(bytes, end, end + 1)) return false;
  const group = bytes.subarray(start, end);
  const digits = group.filter(isDigit).length;
  if (digits === length) return (((alone[length] ?? 0) >> (byteAt(bytes, start) - 0x30)) & 1) === 1;
  return digits > 0 && lettered[length] === 1;
}

function beginsGroups(bytes: Uint8Array, start: number, { begins }: SieveForms): boolean {
  const length = groupAt(bytes, start);
  const separator = separatorCode(byteAt(bytes, start + length));
  const second = start + length + 1;
  const next = groupAt(bytes, second);
  if (length >= LENGTHS || separator === 0 || next === 0 || next >= LENGTHS) return false;
  const known = begins[beginKey(length, separator, next)] ?? 0;
  if ((known & 1) === 1) return true;
  return (
    known !== 0 &&
    separatorCode(byteAt(bytes, second + next)) !== 0 &&
    isGroup(byteAt(bytes, second + next + 1))
  );
}

/** As in `GB82`. */
function beginsIban(bytes: Uint8Array, start: number): boolean {
  return (
    isCapital(byteAt(bytes, start)) &&
    isCapital(byteAt(bytes, start + 1)) &&
    isDigit(byteAt(bytes, start + 2)) &&
    isDigit(byteAt(bytes, start + 3))
  );
}

function mayBegin(bytes: Uint8Array, start: number, forms: SieveForms): boolean {
  if (!isGroup(byteAt(bytes, start)) || isGroup(byteAt(bytes, start - 1))) return false;
  return isLone(bytes, start, forms) || beginsGroups(bytes, start, forms) || beginsIban(bytes, start);
}

const DOT = 0x2e;

/** A sieve that looks at each byte: for runtimes without WebAssembly. Sees what the one with vectors does. */
export function createPlainSieve({ words, forms, sign }: SieveTables): Sieve {
  const kinds = kindsOf();
  const byHash = new Map<number, number[]>();
  for (const [index, { word }] of words.entries()) {
    const key = threeAt(word, 0);
    byHash.set(key, [...(byHash.get(key) ?? []), index]);
  }
  const is = (byte: number, kind: number): boolean => byte >= 0 && ((kinds[byte] ?? 0) & kind) !== 0;
  return {
    look(bytes, sights) {
      for (let at = 0; at < bytes.length; at++) {
        const byte = byteAt(bytes, at);
        if (mayBegin(bytes, at, forms)) sights.number(at);
        if (byte === DOT && byteAt(bytes, at + 7) === DOT) sights.dots(at);
        if (
          byte === sign &&
          is(byteAt(bytes, at - 1), byteKinds.before) &&
          is(byteAt(bytes, at + 1), byteKinds.behind)
        )
          sights.sign(at);
        for (const index of byHash.get(threeAt(bytes, at)) ?? []) {
          const word = words[index];
          if (word !== undefined && mayStandAt(bytes, at, word)) sights.word(index, at);
        }
      }
    },
  };
}

/** Three bytes, both cases of a letter being one. */
function threeAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | 0x20_2020;
}
