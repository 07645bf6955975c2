import { isDay, isLuhn, isMod11And10, isOneCharacter, isVerhoeff, weightedSum } from "./leak-check-digits.ts";

/** How one country's id is told. */
export interface NationalIdRule {
  readonly id: string;
  readonly what: string;
  readonly validation: string;
  /** Forms that so few other numbers have that they need no word before them. */
  readonly shapes?: readonly string[];
  /** What those begin with; absent: anything. */
  readonly leads?: string;
  /** Forms that are looked at only where one of the words stands shortly before. */
  readonly named?: readonly string[];
  readonly words: readonly string[];
  readonly check: (compact: string) => boolean;
  readonly finds: string;
  readonly passes: string;
}

const DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";
const HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY";
const ODD_VALUES = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

const digits = (text: string, length: number): boolean =>
  text.length === length && /^\d+$/.test(text) && !isOneCharacter(text);

/** Ends a number whose check digit is 11 less the remainder by 11. `null`: there is none for a remainder of one. */
function elevenLess(sum: number): number | null {
  const rest = (11 - (sum % 11)) % 11;
  return rest === 10 ? null : rest;
}

function isSsn(text: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(text) && !isOneCharacter(text);
}

function isNino(text: string): boolean {
  // HMRC's manual NIM39110: letters that are not used, and prefixes that are not given.
  return /^(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]\d{6}[A-D]$/.test(text);
}

function isNhs(text: string): boolean {
  return digits(text, 10) && elevenLess(weightedSum(text, [10, 9, 8, 7, 6, 5, 4, 3, 2])) === Number(text[9]);
}

function isSteuerId(text: string): boolean {
  if (!digits(text, 11) || text.startsWith("0") || !isMod11And10(text)) return false;
  // Of the first ten, one digit stands two or three times.
  const different = new Set(text.slice(0, 10)).size;
  return different === 9 || different === 8;
}

function isNir(text: string): boolean {
  if (!/^[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d[\dAB]\d{8}$/.test(text)) return false;
  const body = text.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return /^\d+$/.test(body) && 97 - (Number(body) % 97) === Number(text.slice(13));
}

function isDni(text: string): boolean {
  if (!/^[XYZ\d]\d{7}[A-Z]$/.test(text)) return false;
  const number = text.slice(0, 8).replace("X", "0").replace("Y", "1").replace("Z", "2");
  return DNI_LETTERS[Number(number) % 23] === text[8] && !isOneCharacter(number);
}

function isCodiceFiscale(text: string): boolean {
  if (!/^[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPR-T][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]$/.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < 15; index++) {
    const code = text.charCodeAt(index);
    const value = code < 0x41 ? code - 0x30 : code - 0x41;
    sum += index % 2 === 0 ? (ODD_VALUES[value] ?? 0) : value;
  }
  return text.charCodeAt(15) === 65 + (sum % 26);
}

function isBsn(text: string): boolean {
  return digits(text, 9) && weightedSum(text, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

function isBelgian(text: string): boolean {
  if (!digits(text, 11)) return false;
  const [body, check] = [text.slice(0, 9), Number(text.slice(9))];
  // Born from 2000 on, a 2 stands before.
  return (
    [body, `2${body}`].some((number) => 97 - (Number(number) % 97) === check) &&
    Number(body.slice(2, 4)) <= 12
  );
}

function isPesel(text: string): boolean {
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

function isPortuguese(text: string): boolean {
  if (!/^[1-35]\d{8}$/.test(text)) return false;
  const rest = weightedSum(text, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest < 2 ? 0 : 11 - rest) === Number(text[8]) && !isOneCharacter(text);
}

function isPersonnummer(text: string): boolean {
  const ten = text.slice(-10);
  if (!digits(ten, 10) || !/^(?:19|20)?$/.test(text.slice(0, -10))) return false;
  // A coordination number has 60 added to the day.
  const day = Number(ten.slice(4, 6)) % 60;
  const month = Number(ten.slice(2, 4));
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && isLuhn(ten);
}

function isNorwegian(text: string): boolean {
  if (!digits(text, 11)) return false;
  // A D number has 40 added to the day.
  const day = String(Number(text.slice(0, 2)) % 40).padStart(2, "0");
  const first = elevenLess(weightedSum(text, [3, 7, 6, 1, 8, 9, 4, 5, 2]));
  const second = elevenLess(weightedSum(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]));
  return isDay(`${day}${text.slice(2, 6)}`, true) && first === Number(text[9]) && second === Number(text[10]);
}

function isHetu(text: string): boolean {
  if (!/^\d{9}[\dA-Y]$/.test(text) || !isDay(text, true)) return false;
  return HETU_LETTERS[Number(text.slice(0, 9)) % 31] === text[9];
}

function isHetuOf1900(text: string): boolean {
  return isHetu(text) && !isOneCharacter(text);
}

function isHetuWithSign(text: string): boolean {
  return /^\d{6}[A-FU-Y]\d{3}[\dA-Y]$/.test(text) && isHetu(text.slice(0, 6) + text.slice(7));
}

function isAhv(text: string): boolean {
  return /^756\d{10}$/.test(text) && weightedSum(text, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

function isCpf(text: string): boolean {
  if (!digits(text, 11)) return false;
  const first = elevenLess(weightedSum(text, [10, 9, 8, 7, 6, 5, 4, 3, 2])) ?? 0;
  const second = elevenLess(weightedSum(text, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) ?? 0;
  return first === Number(text[9]) && second === Number(text[10]);
}

function isAadhaar(text: string): boolean {
  return /^[2-9]\d{11}$/.test(text) && isVerhoeff(text) && !isOneCharacter(text);
}

function isChinese(text: string): boolean {
  if (!/^[1-8]\d{5}(?:19|20)\d{9}[\dX]$/.test(text) || !isDay(text.slice(8, 14))) return false;
  const sum = weightedSum(text, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return "10X98765432"[sum % 11] === text[17];
}

function isKorean(text: string): boolean {
  // From October 2020 on the last six digits are chance: such a number has no check digit that could be held against it.
  if (!digits(text, 13) || !isDay(text) || !/^\d{6}[1-8]/.test(text)) return false;
  return (11 - (weightedSum(text, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(text[12]);
}

function isTurkish(text: string): boolean {
  if (!/^[1-9]\d{10}$/.test(text) || isOneCharacter(text)) return false;
  const tenth = weightedSum(text, [7, -1, 7, -1, 7, -1, 7, -1, 7]);
  const eleventh = weightedSum(text, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  return ((tenth % 10) + 10) % 10 === Number(text[9]) && eleventh % 10 === Number(text[10]);
}

function isTfn(text: string): boolean {
  return digits(text, 9) && weightedSum(text, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0;
}

function isSouthAfrican(text: string): boolean {
  return digits(text, 13) && isDay(text) && /^\d{10}[01]/.test(text) && isLuhn(text);
}

function isRut(text: string): boolean {
  if (!/^\d{7,8}[\dK]$/.test(text) || isOneCharacter(text.slice(0, -1))) return false;
  let sum = 0;
  for (let index = 0; index < text.length - 1; index++)
    sum += Number(text.at(-2 - index)) * (2 + (index % 6));
  return "0123456789K"[(11 - (sum % 11)) % 11] === text.at(-1);
}

/** @param numbers digits, with any of these separators between groups */
function forms(shape: string, separators: string): readonly string[] {
  return Array.from(separators, (separator) => shape.replaceAll("-", separator));
}

/** National ids, and how each is told. Weights and letters are those that the countries publish. */
export const nationalIdRules: readonly NationalIdRule[] = [
  {
    id: "us-ssn",
    what: "Social security numbers of the United States",
    validation: "an area, group and serial that are given out (no check digit exists)",
    shapes: forms("3-2-4", "- "),
    named: ["9"],
    words: ["ssn", "social security", "social_security", "socialsecurity"],
    check: isSsn,
    finds: "219-09-…",
    passes: "000-12-3456, 666-12-3456, 219099999 without a word",
  },
  {
    id: "gb-nino",
    what: "National Insurance numbers of the United Kingdom",
    validation: "prefixes that are given out, a suffix from A to D",
    shapes: ["9", "2 2 2 2 1", "2 6 1", "2-2-2-2-1"],
    words: ["nino", "national insurance"],
    check: isNino,
    finds: "AB 12 34 56 …",
    passes: "GB123456A, AB123456E",
  },
  {
    id: "gb-nhs",
    what: "NHS numbers of England, Wales and the Isle of Man",
    validation: "check digit by MOD 11",
    named: ["10", ...forms("3-3-4", " -")],
    words: ["nhs", "patient"],
    check: isNhs,
    finds: "NHS number 943 476 …",
    passes: "943 476 5918 (check digit)",
  },
  {
    id: "ca-sin",
    what: "Social insurance numbers of Canada",
    validation: "check digit by Luhn",
    named: ["9", ...forms("3-3-3", " -")],
    words: ["sin", "social insurance", "social_insurance", "socialinsurance"],
    check: (text) => digits(text, 9) && !text.startsWith("0") && isLuhn(text),
    finds: "SIN 130 692 …",
    passes: "130 692 545 (check digit)",
  },
  {
    id: "de-tax-id",
    what: "Tax ids of Germany",
    validation: "one digit stands twice or thrice; check digit by ISO 7064 MOD 11,10",
    named: ["11", "2 3 3 3", "2 9", "3 3 3 2"],
    words: ["steuer", "idnr", "identifikationsnummer"],
    check: isSteuerId,
    finds: "Steuer-ID 86 095 742 …",
    passes: "86 095 742 718 (check digit)",
  },
  {
    id: "fr-nir",
    what: "Social security numbers of France",
    validation: "sex, month and department, and the key (MOD 97)",
    leads: "12",
    shapes: ["15", "1 2 2 2 3 3 2", "13 2", "1-2-2-2-3-3-2", "1.2.2.2.3.3.2"],
    words: ["nir", "sécurité sociale"],
    check: isNir,
    finds: "1 85 05 78 006 084 …",
    passes: "1 85 05 78 006 084 37 (key)",
  },
  {
    id: "es-dni",
    what: "DNI and NIE of Spain",
    validation: "the letter (MOD 23)",
    shapes: ["9", "8-1", "8 1", "1-7-1", "1 7 1", "2.3.3-1"],
    words: ["dni", "nie"],
    check: isDni,
    finds: "12345678…",
    passes: "12345678A (letter)",
  },
  {
    id: "it-codice-fiscale",
    what: "Fiscal codes of Italy",
    validation: "letters and digits in their places, the month, the last letter",
    shapes: ["16"],
    words: ["codice fiscale"],
    check: isCodiceFiscale,
    finds: "RSSMRA85T10A56…",
    passes: "RSSMRA85T10A562T (letter)",
  },
  {
    id: "nl-bsn",
    what: "Citizen service numbers of the Netherlands",
    validation: "check by eleven",
    named: ["9", "4.2.3", "3 3 3", "4 2 3", "3.3.3"],
    words: ["bsn", "burgerservice", "sofi"],
    check: isBsn,
    finds: "BSN 1112223…",
    passes: "BSN 111222334",
  },
  {
    id: "be-national-number",
    what: "National register numbers of Belgium",
    validation: "a month, and the check digits (MOD 97)",
    shapes: ["2.2.2-3.2"],
    named: ["11", "6 3 2", "6-3-2", "2 2 2 3 2"],
    words: [
      "rijksregister",
      "registre national",
      "insz",
      "niss",
      "nationalnumber",
      "national number",
      "national_number",
    ],
    check: isBelgian,
    finds: "85.07.30-033.…",
    passes: "85.07.30-033.29 (check digits)",
  },
  {
    id: "pl-pesel",
    what: "PESEL of Poland",
    validation: "a date, and the check digit",
    named: ["11"],
    words: ["pesel"],
    check: isPesel,
    finds: "PESEL 4405140135…",
    passes: "PESEL 44051401358",
  },
  {
    id: "pt-nif",
    what: "Tax numbers of persons in Portugal",
    validation: "check digit by MOD 11",
    named: ["9", ...forms("3-3-3", " .")],
    words: ["nif", "contribuinte"],
    check: isPortuguese,
    finds: "NIF 12345678…",
    passes: "NIF 123456780",
  },
  {
    id: "se-personnummer",
    what: "Personal numbers of Sweden",
    validation: "a date, check digit by Luhn",
    named: ["6-4", "8-4", "10", "12"],
    words: ["personnummer", "personnr", "samordningsnummer"],
    check: isPersonnummer,
    finds: "personnummer 811228-987…",
    passes: "personnummer 811228-9873",
  },
  {
    id: "no-fodselsnummer",
    what: "Birth numbers of Norway",
    validation: "a date, and both check digits (MOD 11)",
    named: ["11", "6 5", "6-5"],
    words: ["dselsnummer", "fodselsnr", "personnummer", "fnr"],
    check: isNorwegian,
    finds: "fødselsnummer 010190 …",
    passes: "one with a wrong check digit",
  },
  {
    id: "fi-hetu",
    what: "Personal identity codes of Finland",
    validation: "a date, and the check character (MOD 31)",
    shapes: ["6-4"],
    words: ["hetu", "henkil"],
    check: isHetuOf1900,
    finds: "131052-308…",
    passes: "131052-308A",
  },
  {
    id: "fi-hetu-2000",
    what: "Personal identity codes of Finland from 2000 on",
    validation: "a date, the sign of the century, and the check character (MOD 31)",
    shapes: ["11"],
    words: ["hetu", "henkil"],
    check: isHetuWithSign,
    finds: "010101A950…",
    passes: "010101A9501",
  },
  {
    id: "ch-ahv",
    what: "Social security numbers of Switzerland",
    validation: "756, and the check digit of an EAN",
    leads: "7",
    shapes: ["13", "3.4.4.2", "3 4 4 2"],
    words: ["ahv", "avs"],
    check: isAhv,
    finds: "756.9217.0769.…",
    passes: "756.9217.0769.86",
  },
  {
    id: "br-cpf",
    what: "CPF of Brazil",
    validation: "both check digits (MOD 11)",
    shapes: ["3.3.3-2"],
    named: ["11", "9-2"],
    words: ["cpf", "cadastro"],
    check: isCpf,
    finds: "529.982.247-…",
    passes: "529.982.247-26",
  },
  {
    id: "in-aadhaar",
    what: "Aadhaar of India",
    validation: "check digit by Verhoeff",
    named: ["12", ...forms("4-4-4", " -")],
    words: ["aadhaar", "aadhar", "uidai"],
    check: isAadhaar,
    finds: "Aadhaar 2341 2341 …",
    passes: "Aadhaar 2341 2341 2341",
  },
  {
    id: "cn-resident-id",
    what: "Resident ids of China",
    validation: "a date, and the check character (ISO 7064 MOD 11-2)",
    leads: "12345678",
    shapes: ["18"],
    words: ["resident id"],
    check: isChinese,
    finds: "11010519491231002…",
    passes: "110105194912310021",
  },
  {
    id: "kr-rrn",
    what: "Resident registration numbers of Korea",
    validation: "a date, the century, and the check digit",
    shapes: ["6-7"],
    named: ["13"],
    words: ["rrn", "resident registration", "jumin"],
    check: isKorean,
    finds: "900101-123456…",
    passes: "one with a wrong check digit",
  },
  {
    id: "tr-kimlik",
    what: "Identity numbers of Turkey",
    validation: "both check digits",
    named: ["11"],
    words: ["kimlik", "tckn", "tcno"],
    check: isTurkish,
    finds: "kimlik no 1000000014…",
    passes: "10000000147",
  },
  {
    id: "au-tfn",
    what: "Tax file numbers of Australia",
    validation: "weights by MOD 11",
    named: ["9", ...forms("3-3-3", " -")],
    words: ["tfn", "tax file", "taxfile", "tax_file"],
    check: isTfn,
    finds: "TFN 123 456 …",
    passes: "TFN 123 456 783",
  },
  {
    id: "za-id",
    what: "Identity numbers of South Africa",
    validation: "a date, citizenship, check digit by Luhn",
    named: ["13", "6 4 2 1", "6 4 3"],
    words: ["south african id", "id number", "idnumber", "id_number", "rsa id", "identity number"],
    check: isSouthAfrican,
    finds: "ID number 800101500908…",
    passes: "8001015009088",
  },
  {
    id: "cl-rut",
    what: "RUT of Chile",
    validation: "check character by MOD 11",
    shapes: ["2.3.3-1", "1.3.3-1"],
    named: ["8-1", "7-1", "9", "8"],
    words: ["rut"],
    check: isRut,
    finds: "12.345.678-…",
    passes: "12.345.678-6",
  },
];
