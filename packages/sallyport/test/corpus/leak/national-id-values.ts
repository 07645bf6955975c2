import type { CorpusRandom } from "./corpus-random.ts";
import type { LeakValue } from "./leak-sample.ts";

type Make = (random: CorpusRandom) => string;

/** One country's id: how it is made, and what people call it. `bare`: its form alone tells it. */
interface NationalId {
  readonly id: string;
  readonly label: string;
  readonly field: string;
  readonly make: Make;
  readonly formats: readonly ((plain: string) => string)[];
  readonly bare?: "always" | "formatted";
}

const plain = (text: string): string => text;
/** Puts separators: `cut("3-2-4")` makes `123-45-6789`. */
function cut(pattern: string): (text: string) => string {
  return (text) => {
    let from = 0;
    return pattern.replaceAll(/\d+/g, (size) => {
      const piece = text.slice(from, from + Number(size));
      from += Number(size);
      return piece;
    });
  };
}
const weighted = (text: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * Number(text[index]), 0);
const two = (value: number): string => String(value).padStart(2, "0");

/** Repeats until the check digit exists. */
function until(make: () => string | null): string {
  for (let tries = 0; tries < 1000; tries++) {
    const made = make();
    if (made !== null) return made;
  }
  throw new Error("no id was made");
}

function luhn(partial: string): string {
  const sum = Array.from(partial)
    .toReversed()
    .reduce((total, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return partial + String((10 - (sum % 10)) % 10);
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}
const born = (random: CorpusRandom, least = 1930, most = 1999): Day => ({
  year: random.between(least, most),
  month: random.between(1, 12),
  day: random.between(1, 28),
});
const yymmdd = ({ year, month, day }: Day): string => two(year % 100) + two(month) + two(day);
const ddmmyy = ({ year, month, day }: Day): string => two(day) + two(month) + two(year % 100);

function ssn(random: CorpusRandom): string {
  return until(() => {
    const area = random.between(1, 899);
    return area === 666
      ? null
      : String(area).padStart(3, "0") +
          two(random.between(1, 99)) +
          String(random.between(1, 9999)).padStart(4, "0");
  });
}

function nhs(random: CorpusRandom): string {
  return until(() => {
    const nine = String(random.between(4, 7)) + random.digits(8);
    const check = 11 - (weighted(nine, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
    return check === 10 ? null : nine + String(check % 11);
  });
}

function nino(random: CorpusRandom): string {
  return (
    random.pick(["AB", "CE", "JG", "SX", "PM", "WL", "HH", "YT"]) +
    random.digits(6) +
    random.pick(["A", "B", "C", "D"])
  );
}

function steuerId(random: CorpusRandom): string {
  // Ten digits in which exactly one stands twice, then ISO 7064 MOD 11,10.
  const pool = Array.from("0123456789")
    .sort(() => random.fraction() - 0.5)
    .slice(0, 9);
  pool.push(random.pick(pool));
  const ten = until(() => {
    const mixed = pool.sort(() => random.fraction() - 0.5).join("");
    return mixed.startsWith("0") ? null : mixed;
  });
  const product = Array.from(ten).reduce(
    (before, digit) => (((Number(digit) + before) % 10 || 10) * 2) % 11,
    10,
  );
  return ten + String((11 - product) % 10);
}

function nir(random: CorpusRandom): string {
  const { year, month } = born(random);
  const body =
    String(random.between(1, 2)) +
    two(year % 100) +
    two(month) +
    two(random.between(1, 89)) +
    String(random.between(1, 990)).padStart(3, "0") +
    String(random.between(1, 999)).padStart(3, "0");
  return body + two(97 - (Number(body) % 97));
}

const DNI = "TRWAGMYFPDXBNJZSQVHLCKE";
const dni: Make = (random) => {
  const digits = random.digits(8);
  return digits + (DNI[Number(digits) % 23] ?? "");
};
const nie: Make = (random) => {
  const lead = random.between(0, 2);
  const digits = random.digits(7);
  return "XYZ".charAt(lead) + digits + (DNI[Number(`${lead}${digits}`) % 23] ?? "");
};

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
const valueOf = (char: string): number => (/\d/.test(char) ? Number(char) : char.charCodeAt(0) - 65);

function codiceFiscale(random: CorpusRandom): string {
  const { year, month, day } = born(random);
  const consonants = "BCDFGLMNPRSTVZ";
  const body =
    random.text(6, consonants) +
    two(year % 100) +
    ("ABCDEHLMPRST"[month - 1] ?? "") +
    two(day + (random.between(0, 1) === 1 ? 40 : 0)) +
    random.pick(Array.from("ABCDEFGHILMZ")) +
    random.digits(3);
  const sum = Array.from(body).reduce(
    (total, char, index) => total + (index % 2 === 0 ? (ODD[valueOf(char)] ?? 0) : valueOf(char)),
    0,
  );
  return body + String.fromCharCode(65 + (sum % 26));
}

function bsn(random: CorpusRandom): string {
  return until(() => {
    const eight = String(random.between(1, 9)) + random.digits(7);
    const check = weighted(eight, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    return check === 10 ? null : eight + String(check);
  });
}

function belgium(random: CorpusRandom): string {
  const nine = yymmdd(born(random)) + String(random.between(1, 997)).padStart(3, "0");
  return nine + two(97 - (Number(nine) % 97));
}

function pesel(random: CorpusRandom): string {
  const ten = yymmdd(born(random)) + random.digits(4);
  return ten + String((10 - (weighted(ten, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10);
}

function portugal(random: CorpusRandom): string {
  const eight = random.pick(["1", "2", "3"]) + random.digits(7);
  const rest = weighted(eight, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return eight + String(rest < 2 ? 0 : 11 - rest);
}

function norway(random: CorpusRandom): string {
  return until(() => {
    const nine = ddmmyy(born(random)) + String(random.between(0, 499)).padStart(3, "0");
    const first = (11 - (weighted(nine, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11;
    if (first === 10) return null;
    const second = (11 - (weighted(nine + String(first), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
    return second === 10 ? null : `${nine}${first}${second}`;
  });
}

function hetu(random: CorpusRandom): string {
  const date = ddmmyy(born(random));
  const number = String(random.between(2, 899)).padStart(3, "0");
  return `${date}-${number}${"0123456789ABCDEFHJKLMNPRSTUVWXY"[Number(date + number) % 31] ?? ""}`;
}

function ahv(random: CorpusRandom): string {
  const twelve = `756${random.digits(9)}`;
  const sum = Array.from(twelve).reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return twelve + String((10 - (sum % 10)) % 10);
}

const cpfCheck = (text: string): string => {
  const rest =
    weighted(
      text,
      Array.from(text).map((_, index) => text.length + 1 - index),
    ) % 11;
  return String(rest < 2 ? 0 : 11 - rest);
};

function cpf(random: CorpusRandom): string {
  const nine = random.digits(9);
  const ten = nine + cpfCheck(nine);
  return ten + cpfCheck(ten);
}

const D = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const P = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
  [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
  [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
  [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
  [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
  [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
  [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];
const verhoeff = (text: string): number =>
  Array.from(text)
    .toReversed()
    .reduce((check, digit, index) => D[check]?.[P[index % 8]?.[Number(digit)] ?? 0] ?? 0, 0);

function aadhaar(random: CorpusRandom): string {
  const eleven = String(random.between(2, 9)) + random.digits(10);
  return until(() => {
    const found = Array.from("0123456789").find((digit) => verhoeff(eleven + digit) === 0);
    return found === undefined ? null : eleven + found;
  });
}

function chinese(random: CorpusRandom): string {
  const { year, month, day } = born(random);
  const seventeen =
    random.pick(["110101", "310104", "440305", "510107"]) +
    String(year) +
    two(month) +
    two(day) +
    random.digits(3);
  const sum = weighted(seventeen, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return seventeen + ("10X98765432"[sum % 11] ?? "");
}

function korean(random: CorpusRandom): string {
  const twelve = yymmdd(born(random)) + String(random.between(1, 2)) + random.digits(5);
  return twelve + String((11 - (weighted(twelve, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10);
}

function turkish(random: CorpusRandom): string {
  const nine = String(random.between(1, 9)) + random.digits(8);
  const at = (index: number): number => Number(nine[index]);
  const tenth =
    ((((at(0) + at(2) + at(4) + at(6) + at(8)) * 7 - (at(1) + at(3) + at(5) + at(7))) % 10) + 10) % 10;
  const eleventh = (Array.from(nine).reduce((sum, digit) => sum + Number(digit), 0) + tenth) % 10;
  return `${nine}${tenth}${eleventh}`;
}

function tfn(random: CorpusRandom): string {
  return until(() => {
    const nine = String(random.between(1, 8)) + random.digits(8);
    return weighted(nine, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 ? nine : null;
  });
}

const RUT = "0123456789K";
function rut(random: CorpusRandom): string {
  const digits = String(random.between(5_000_000, 24_999_999));
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => total + Number(digit) * (2 + (index % 6)), 0);
  return `${digits}-${RUT[(11 - (sum % 11)) % 11] ?? ""}`;
}

const ids: readonly NationalId[] = [
  {
    id: "us-ssn",
    label: "SSN",
    field: "ssn",
    make: ssn,
    formats: [cut("3-2-4"), cut("3-2-4"), cut("3 2 4"), plain],
    bare: "formatted",
  },
  {
    id: "gb-nino",
    label: "National Insurance number",
    field: "nationalInsuranceNumber",
    make: nino,
    formats: [plain, cut("2 2 2 2 1")],
    bare: "always",
  },
  { id: "gb-nhs", label: "NHS number", field: "nhsNumber", make: nhs, formats: [plain, cut("3 3 4")] },
  {
    id: "ca-sin",
    label: "social insurance number",
    field: "sin",
    make: (random) => luhn(random.pick(["1", "2", "4", "5", "7"]) + random.digits(7)),
    formats: [plain, cut("3 3 3"), cut("3-3-3")],
  },
  {
    id: "de-tax-id",
    label: "Steuer-ID",
    field: "steuerId",
    make: steuerId,
    formats: [plain, cut("2 3 3 3")],
  },
  {
    id: "fr-nir",
    label: "numéro de sécurité sociale",
    field: "nir",
    make: nir,
    formats: [plain, cut("1 2 2 2 3 3 2")],
    bare: "always",
  },
  {
    id: "es-dni",
    label: "DNI",
    field: "dni",
    make: (random) => (random.between(0, 2) === 0 ? nie(random) : dni(random)),
    formats: [plain, plain, (text) => `${text.slice(0, 8)}-${text.slice(8)}`],
    bare: "always",
  },
  {
    id: "it-codice-fiscale",
    label: "codice fiscale",
    field: "codiceFiscale",
    make: codiceFiscale,
    formats: [plain],
    bare: "always",
  },
  { id: "nl-bsn", label: "BSN", field: "bsn", make: bsn, formats: [plain, cut("4.2.3")] },
  {
    id: "be-national-number",
    label: "rijksregisternummer",
    field: "nationalNumber",
    make: belgium,
    formats: [cut("2.2.2-3.2"), plain],
    bare: "formatted",
  },
  { id: "pl-pesel", label: "PESEL", field: "pesel", make: pesel, formats: [plain] },
  { id: "pt-nif", label: "NIF", field: "nif", make: portugal, formats: [plain, cut("3 3 3")] },
  {
    id: "se-personnummer",
    label: "personnummer",
    field: "personnummer",
    make: (random) => luhn(yymmdd(born(random)) + random.digits(3)),
    formats: [cut("6-4"), (text) => `19${cut("6-4")(text)}`],
  },
  {
    id: "no-fodselsnummer",
    label: "fødselsnummer",
    field: "fodselsnummer",
    make: norway,
    formats: [plain, cut("6 5")],
  },
  { id: "fi-hetu", label: "henkilötunnus", field: "hetu", make: hetu, formats: [plain], bare: "always" },
  {
    id: "ch-ahv",
    label: "AHV-Nummer",
    field: "ahvNumber",
    make: ahv,
    formats: [cut("3.4.4.2"), plain],
    bare: "always",
  },
  {
    id: "br-cpf",
    label: "CPF",
    field: "cpf",
    make: cpf,
    formats: [cut("3.3.3-2"), plain],
    bare: "formatted",
  },
  { id: "in-aadhaar", label: "Aadhaar", field: "aadhaar", make: aadhaar, formats: [cut("4 4 4"), plain] },
  {
    id: "cn-resident-id",
    label: "resident id",
    field: "residentId",
    make: chinese,
    formats: [plain],
    bare: "always",
  },
  { id: "kr-rrn", label: "RRN", field: "rrn", make: korean, formats: [cut("6-7")], bare: "formatted" },
  { id: "tr-kimlik", label: "T.C. kimlik no", field: "tcKimlikNo", make: turkish, formats: [plain] },
  { id: "au-tfn", label: "tax file number", field: "tfn", make: tfn, formats: [plain, cut("3 3 3")] },
  {
    id: "za-id",
    label: "South African ID number",
    field: "idNumber",
    make: (random) => luhn(`${yymmdd(born(random))}${random.digits(4)}08`),
    formats: [plain],
  },
  {
    id: "cl-rut",
    label: "RUT",
    field: "rut",
    make: rut,
    formats: [plain, (text) => text.replace(/^(\d+)(\d{3})(\d{3})-/, "$1.$2.$3-")],
  },
];

/** National ids with their check digits, 110 of each country, in each usual form. */
export function nationalIdValues(random: CorpusRandom): readonly LeakValue[] {
  return ids.flatMap(({ id, label, field, make, formats, bare }) =>
    Array.from({ length: 110 }, (_, index) => {
      const format = formats[Math.floor(index / 3) % formats.length] ?? plain;
      const value = format(make(random));
      const separated = /[ .-]/.test(value);
      return {
        detector: id,
        kind: separated ? "formatted" : "plain",
        value,
        label,
        field,
        bare: bare === "always" || (bare === "formatted" && separated),
      };
    }),
  );
}
