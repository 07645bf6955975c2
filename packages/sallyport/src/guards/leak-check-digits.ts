/** The digits of a number, as numbers. */
export function digitsOf(text: string): readonly number[] {
  return Array.from(text, Number);
}

/** Whether the last digit is right by Luhn (ISO/IEC 7812-1 annex B). */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The remainder by 97 of digits and capitals, a capital being two digits from 10 (ISO 7064 MOD 97-10). */
export function remainderBy97(text: string): number {
  let remainder = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    remainder = code < 0x41 ? (remainder * 10 + code - 0x30) % 97 : (remainder * 100 + code - 0x37) % 97;
  }
  return remainder;
}

/** The digits times their weights, added up. As many digits as there are weights. */
export function weightedSum(text: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * (text.charCodeAt(index) - 0x30), 0);
}

/** Whether the last digit is right by ISO 7064 MOD 11,10. */
export function isMod11And10(digits: string): boolean {
  let product = 10;
  for (const digit of digitsOf(digits.slice(0, -1))) product = (((digit + product) % 10 || 10) * 2) % 11;
  return (11 - product) % 10 === Number(digits.at(-1));
}

// The dihedral group of ten elements, and the permutation of Verhoeff's dissertation (1969).
const PRODUCT = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
];
const PERMUTED = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];

/** Whether the last digit is right by Verhoeff. */
export function isVerhoeff(digits: string): boolean {
  let check = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    check = Number(PRODUCT[check]?.[Number(PERMUTED[index % 8]?.[digit])]);
  }
  return check === 0;
}

/** Whether six digits are a day: `YYMMDD`, or with `dayFirst` `DDMMYY`. */
export function isDay(digits: string, dayFirst = false): boolean {
  const month = Number(digits.slice(2, 4));
  const day = Number(dayFirst ? digits.slice(0, 2) : digits.slice(4, 6));
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** Whether all characters are the same one: no issuer gives such a number, and masks look like it. */
export function isOneCharacter(text: string): boolean {
  return text === text.charAt(0).repeat(text.length);
}
