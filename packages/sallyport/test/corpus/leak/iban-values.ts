import { alphabet, type CorpusRandom } from "./corpus-random.ts";
import type { LeakValue } from "./leak-sample.ts";

/** BBAN of every country in the SWIFT registry: `n` digits, `a` capitals, `c` both, each with its count. */
const registry: Readonly<Record<string, string>> = {
  AD: "8n12c",
  AE: "19n",
  AL: "8n16c",
  AT: "16n",
  AZ: "4a20c",
  BA: "16n",
  BE: "12n",
  BG: "4a6n8c",
  BH: "4a14c",
  BI: "23n",
  BR: "23n1a1c",
  BY: "4c4n16c",
  CH: "5n12c",
  CR: "18n",
  CY: "8n16c",
  CZ: "20n",
  DE: "18n",
  DJ: "23n",
  DK: "14n",
  DO: "4c20n",
  EE: "16n",
  EG: "25n",
  ES: "20n",
  FI: "14n",
  FK: "2a12n",
  FO: "14n",
  FR: "10n11c2n",
  GB: "4a14n",
  GE: "2a16n",
  GI: "4a15c",
  GL: "14n",
  GR: "7n16c",
  GT: "4c20c",
  HN: "4a20n",
  HR: "17n",
  HU: "24n",
  IE: "4a14n",
  IL: "19n",
  IQ: "4a15n",
  IS: "22n",
  IT: "1a10n12c",
  JO: "4a4n18c",
  KW: "4a22c",
  KZ: "3n13c",
  LB: "4n20c",
  LC: "4a24c",
  LI: "5n12c",
  LT: "16n",
  LU: "3n13c",
  LV: "4a13c",
  LY: "21n",
  MC: "10n11c2n",
  MD: "2c18c",
  ME: "18n",
  MK: "3n10c2n",
  MN: "16n",
  MR: "23n",
  MT: "4a5n18c",
  MU: "4a19n3a",
  NI: "4a20n",
  NL: "4a10n",
  NO: "11n",
  OM: "3n16c",
  PK: "4a16c",
  PL: "24n",
  PS: "4a21c",
  PT: "21n",
  QA: "4a21c",
  RO: "4a16c",
  RS: "18n",
  RU: "14n15c",
  SA: "2n18c",
  SC: "4a20n3a",
  SD: "14n",
  SE: "20n",
  SI: "15n",
  SK: "20n",
  SM: "1a10n12c",
  SO: "19n",
  ST: "21n",
  SV: "4a20n",
  TL: "19n",
  TN: "20n",
  TR: "5n1n16c",
  UA: "6n19c",
  VA: "18n",
  VG: "4a16n",
  XK: "16n",
  YE: "4a4n18c",
};

const published = [
  "GB82WEST12345698765432",
  "DE89370400440532013000",
  "FR1420041010050500013M02606",
  "NL91ABNA0417164300",
  "ES9121000418450200051332",
  "IT60X0542811101000000123456",
  "CH9300762011623852957",
  "BE68539007547034",
  "AT611904300234573201",
  "SE4550000000058398257466",
  "NO9386011117947",
  "PL61109010140000071219812874",
];

function numeric(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
}

function make(country: string, random: CorpusRandom): string {
  const parts = [...(registry[country] ?? "").matchAll(/(\d+)([nac])/g)];
  // Real accounts are mostly digits, also where letters are allowed.
  const letters = random.between(0, 3) === 0;
  const body = parts
    .map(([, count, kind]) => {
      const chars =
        kind === "a" ? alphabet.upper : kind === "c" && letters ? alphabet.upperAlnum : "0123456789";
      return random.text(Number(count), chars);
    })
    .join("");
  const check = 98n - (BigInt(numeric(`${body}${country}00`)) % 97n);
  return `${country}${String(check).padStart(2, "0")}${body}`;
}

/** IBANs: published examples, and four of each country of the registry, as one word and in groups of four. */
export function ibanValues(random: CorpusRandom): readonly LeakValue[] {
  const made = Object.keys(registry).flatMap((country) =>
    Array.from({ length: 4 }, () => make(country, random)),
  );
  return [...published, ...made].map((iban, index) => {
    const value = index % 2 === 0 ? iban : (iban.match(/.{1,4}/g) ?? []).join(" ");
    return { detector: "iban", kind: iban.slice(0, 2), value, label: "IBAN", field: "iban", bare: true };
  });
}
