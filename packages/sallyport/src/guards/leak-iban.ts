import { remainderBy97 } from "./leak-check-digits.ts";
import {
  byteAt,
  isAlphanumeric,
  isCapital,
  isDigit,
  isWord,
  type LeakDetector,
  type LeakSpan,
  type LeakText,
} from "./leak-detector.ts";

// Length of each country's IBAN (SWIFT registry, release 99).
const lengths: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BI: 27,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DJ: 27,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FK: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HN: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MN: 20,
  MR: 27,
  MT: 31,
  MU: 30,
  NI: 28,
  NL: 18,
  NO: 15,
  OM: 23,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  RU: 33,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  SO: 23,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
  YE: 30,
};

const SEPARATORS = new Set([0x20, 0x2d, 0x2e]);

/** @param at where two capitals and two digits stand, and nothing of a word before */
function findIban({ bytes }: LeakText, at: number): LeakSpan | null {
  const length = lengths[String.fromCharCode(byteAt(bytes, at), byteAt(bytes, at + 1))];
  if (length === undefined) return null;
  let compact = "";
  let index = at;
  while (compact.length < length) {
    const byte = byteAt(bytes, index);
    if (isCapital(byte) || isDigit(byte)) compact += String.fromCharCode(byte);
    else if (!SEPARATORS.has(byte) || !isAlphanumeric(byteAt(bytes, index + 1))) return null;
    index++;
  }
  if (isWord(byteAt(bytes, index))) return null;
  const isOne = remainderBy97(compact.slice(4) + compact.slice(0, 4)) === 1;
  return isOne ? { start: at, end: index } : null;
}

/** International bank account numbers. */
export const ibanDetectors: readonly LeakDetector[] = [
  {
    id: "iban",
    group: "accounts",
    what: "International bank account numbers (IBAN)",
    validation:
      "a country of the registry, its length, and the check digits (ISO 13616-1, MOD 97-10); in capitals, in one word or in groups",
    finds: "GB82 WEST 1234 5698 …",
    passes: "GB82 WEST 1234 5698 7654 33 (check digits), gb82west…",
    triggers: [{ kind: "iban", find: findIban }],
  },
];
