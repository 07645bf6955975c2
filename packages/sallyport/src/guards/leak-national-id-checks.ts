import { isDay, isLuhn, isMod11And10, isOneCharacter, isVerhoeff, weightedSum } from "./leak-check-digits.ts";

const DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";
const HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY";
const ODD_VALUES = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** So many digits, and not all the same. */
export const digits = (text: string, length: number): boolean =>
  text.length === length && /^\d+$/.test(text) && !isOneCharacter(text);

/** Ends a number whose check digit is 11 less the remainder by 11. `null`: there is none for a remainder of one. */
function elevenLess(sum: number): number | null {
  const rest = (11 - (sum % 11)) % 11;
  return rest === 10 ? null : rest;
}

/** See `nationalIdRules`. */
export function isSsn(text: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(text) && !isOneCharacter(text);
}

/** See `nationalIdRules`. */
export function isNino(text: string): boolean {
  // HMRC's manual NIM39110: letters that are not used, and prefixes that are not given.
  return /^(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]\d{6}[A-D]$/.test(text);
}

/** See `nationalIdRules`. */
export function isNhs(text: string): boolean {
  return digits(text, 10) && elevenLess(weightedSum(text, [10, 9, 8, 7, 6, 5, 4, 3, 2])) === Number(text[9]);
}

/** See `nationalIdRules`. */
export function isSteuerId(text: string): boolean {
  if (!digits(text, 11) || text.startsWith("0") || !isMod11And10(text)) return false;
  // Of the first ten, one digit stands two or three times.
  const different = new Set(text.slice(0, 10)).size;
  return different === 9 || different === 8;
}

/** See `nationalIdRules`. */
export function isNir(text: string): boolean {
  if (!/^[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d[\dAB]\d{8}$/.test(text)) return false;
  const body = text.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return /^\d+$/.test(body) && 97 - (Number(body) % 97) === Number(text.slice(13));
}

/** See `nationalIdRules`. */
export function isDni(text: string): boolean {
  if (!/^[XYZ\d]\d{7}[A-Z]$/.test(text)) return false;
  const number = text.slice(0, 8).replace("X", "0").replace("Y", "1").replace("Z", "2");
  return DNI_LETTERS[Number(number) % 23] === text[8] && !isOneCharacter(number);
}

/** See `nationalIdRules`. */
export function isCodiceFiscale(text: string): boolean {
  if (!/^[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPR-T][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]$/.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < 15; index++) {
    const code = text.charCodeAt(index);
    const value = code < 0x41 ? code - 0x30 : code - 0x41;
    sum += index % 2 === 0 ? (ODD_VALUES[value] ?? 0) : value;
  }
  return text.charCodeAt(15) === 65 + (sum % 26);
}

/** See `nationalIdRules`. */
export function isBsn(text: string): boolean {
  return digits(text, 9) && weightedSum(text, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** See `nationalIdRules`. */
export function isBelgian(text: string): boolean {
  if (!digits(text, 11)) return false;
  const [body, check] = [text.slice(0, 9), Number(text.slice(9))];
  // Born from 2000 on, a 2 stands before.
  return (
    [body, `2${body}`].some((number) => 97 - (Number(number) % 97) === check) &&
    Number(body.slice(2, 4)) <= 12
  );
}

/** See `nationalIdRules`. */
export function isPesel(text: string): boolean {
  if (!digits(text, 11)) return false;
  // The century is added to the month, in twenties.
  const month = Number(text.slice(2, 4)) % 20;
  const day = Number(text.slice(4, 6));
  return (
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    weightedSum(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0
  );
}

/** See `nationalIdRules`. */
export function isPortuguese(text: string): boolean {
  if (!/^[1-35]\d{8}$/.test(text)) return false;
  const rest = weightedSum(text, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest < 2 ? 0 : 11 - rest) === Number(text[8]) && !isOneCharacter(text);
}

/** See `nationalIdRules`. */
export function isPersonnummer(text: string): boolean {
  const ten = text.slice(-10);
  if (!digits(ten, 10) || !/^(?:19|20)?$/.test(text.slice(0, -10))) return false;
  // A coordination number has 60 added to the day.
  const day = Number(ten.slice(4, 6)) % 60;
  const month = Number(ten.slice(2, 4));
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && isLuhn(ten);
}

/** See `nationalIdRules`. */
export function isNorwegian(text: string): boolean {
  if (!digits(text, 11)) return false;
  // A D number has 40 added to the day.
  const day = String(Number(text.slice(0, 2)) % 40).padStart(2, "0");
  const first = elevenLess(weightedSum(text, [3, 7, 6, 1, 8, 9, 4, 5, 2]));
  const second = elevenLess(weightedSum(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]));
  return isDay(`${day}${text.slice(2, 6)}`, true) && first === Number(text[9]) && second === Number(text[10]);
}

/** See `nationalIdRules`. */
export function isHetu(text: string): boolean {
  if (!/^\d{9}[\dA-Y]$/.test(text) || !isDay(text, true)) return false;
  return HETU_LETTERS[Number(text.slice(0, 9)) % 31] === text[9];
}

/** See `nationalIdRules`. */
export function isHetuOf1900(text: string): boolean {
  return isHetu(text) && !isOneCharacter(text);
}

/** See `nationalIdRules`. */
export function isHetuWithSign(text: string): boolean {
  return /^\d{6}[A-FU-Y]\d{3}[\dA-Y]$/.test(text) && isHetu(text.slice(0, 6) + text.slice(7));
}

/** See `nationalIdRules`. */
export function isAhv(text: string): boolean {
  return /^756\d{10}$/.test(text) && weightedSum(text, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

/** See `nationalIdRules`. */
export function isCpf(text: string): boolean {
  if (!digits(text, 11)) return false;
  const first = elevenLess(weightedSum(text, [10, 9, 8, 7, 6, 5, 4, 3, 2])) ?? 0;
  const second = elevenLess(weightedSum(text, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) ?? 0;
  return first === Number(text[9]) && second === Number(text[10]);
}

/** See `nationalIdRules`. */
export function isAadhaar(text: string): boolean {
  return /^[2-9]\d{11}$/.test(text) && isVerhoeff(text) && !isOneCharacter(text);
}

/** See `nationalIdRules`. */
export function isChinese(text: string): boolean {
  if (!/^[1-8]\d{5}(?:19|20)\d{9}[\dX]$/.test(text) || !isDay(text.slice(8, 14))) return false;
  const sum = weightedSum(text, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return "10X98765432"[sum % 11] === text[17];
}

/** See `nationalIdRules`. */
export function isKorean(text: string): boolean {
  // From October 2020 on the last six digits are chance: such a number has no check digit that could be held against it.
  if (!digits(text, 13) || !isDay(text) || !/^\d{6}[1-8]/.test(text)) return false;
  return (11 - (weightedSum(text, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(text[12]);
}

/** See `nationalIdRules`. */
export function isTurkish(text: string): boolean {
  if (!/^[1-9]\d{10}$/.test(text) || isOneCharacter(text)) return false;
  const tenth = weightedSum(text, [7, -1, 7, -1, 7, -1, 7, -1, 7]);
  const eleventh = weightedSum(text, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  return ((tenth % 10) + 10) % 10 === Number(text[9]) && eleventh % 10 === Number(text[10]);
}

/** See `nationalIdRules`. */
export function isTfn(text: string): boolean {
  return digits(text, 9) && weightedSum(text, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0;
}

/** See `nationalIdRules`. */
export function isSouthAfrican(text: string): boolean {
  return digits(text, 13) && isDay(text) && /^\d{10}[01]/.test(text) && isLuhn(text);
}

/** See `nationalIdRules`. */
export function isRut(text: string): boolean {
  if (!/^\d{7,8}[\dK]$/.test(text) || isOneCharacter(text.slice(0, -1))) return false;
  let sum = 0;
  for (let index = 0; index < text.length - 1; index++)
    sum += Number(text.at(-2 - index)) * (2 + (index % 6));
  return "0123456789K"[(11 - (sum % 11)) % 11] === text.at(-1);
}
