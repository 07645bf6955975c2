import { isNamedOtherwise } from "./leak-before.ts";
import { isLuhn, isOneCharacter } from "./leak-check-digits.ts";
import type { LeakDetector } from "./leak-detector.ts";

interface Issuer {
  /** The first digits, from and to, both included. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly lengths: readonly number[];
}

// Issuer identification numbers as the networks publish them.
const issuers: readonly Issuer[] = [
  // Visa
  { ranges: [[4, 4]], lengths: [13, 16, 19] },
  // Mastercard
  {
    ranges: [
      [51, 55],
      [2221, 2720],
    ],
    lengths: [16],
  },
  // American Express
  {
    ranges: [
      [34, 34],
      [37, 37],
    ],
    lengths: [15],
  },
  // Discover, and RuPay which shares its ranges
  {
    ranges: [
      [6011, 6011],
      [644, 649],
      [65, 65],
    ],
    lengths: [16, 19],
  },
  // Diners Club
  {
    ranges: [
      [300, 305],
      [3095, 3095],
      [36, 36],
      [38, 39],
    ],
    lengths: [14, 16],
  },
  // JCB
  { ranges: [[3528, 3589]], lengths: [16] },
  // UnionPay
  { ranges: [[62, 62]], lengths: [16, 19] },
  // Maestro
  {
    ranges: [
      [5018, 5018],
      [5020, 5020],
      [5038, 5038],
      [5893, 5893],
      [6304, 6304],
      [6759, 6759],
      [6761, 6763],
      [6771, 6771],
    ],
    lengths: [16, 18, 19],
  },
  // Mir
  { ranges: [[2200, 2204]], lengths: [16] },
  // Elo
  {
    ranges: [
      [506699, 506778],
      [509000, 509999],
      [636297, 636297],
      [636368, 636368],
    ],
    lengths: [16],
  },
  // Troy
  { ranges: [[9792, 9792]], lengths: [16] },
];

function isIssued(digits: string): boolean {
  return issuers.some(
    ({ ranges, lengths }) =>
      lengths.includes(digits.length) &&
      ranges.some(([from, to]) => {
        const first = Number(digits.slice(0, String(from).length));
        return first >= from && first <= to;
      }),
  );
}

/** A number of these digits in one word, or in groups of these. */
interface CardForm {
  readonly leads: string;
  readonly shapes: readonly string[];
}

const forms: readonly CardForm[] = [
  { leads: "4", shapes: ["13", "4-4-4-1", "4-3-3-3"] },
  { leads: "3", shapes: ["14", "4-6-4", "4-4-4-2"] },
  { leads: "3", shapes: ["15", "4-6-5", "5-5-5", "4-4-4-3"] },
  { leads: "234569", shapes: ["16", "4-4-4-4", "8-8"] },
  { leads: "56", shapes: ["18", "4-4-4-4-2"] },
  { leads: "4356", shapes: ["19", "4-4-4-4-3", "6-13"] },
];

/** Payment cards: the number in one word or in the groups that cards show, of a network's range and length, right by Luhn. */
export const cardDetectors: readonly LeakDetector[] = [
  {
    id: "card",
    group: "cards",
    what: "Payment card numbers",
    validation:
      "13 to 19 digits in one word, or in the groups of a card with the same space, dash or dot between them; the first digits and the length of a network (Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro, Mir, Elo, Troy); the check digit (Luhn); not named an order, a time, an IMEI or the like",
    finds: "4111 1111 1111 …, 3782-822463-…",
    passes: '4111 1111 1111 1112 (check digit), "orderId": "4111111111111111", 0.4111111111111111',
    triggers: forms.map(({ leads, shapes }) => ({
      kind: "groups",
      shapes: [
        ...new Set(shapes.flatMap((shape) => ["-", " ", "."].map((sign) => shape.replaceAll("-", sign)))),
      ],
      leads,
      check: (digits) =>
        isLuhn(digits) && /^\d+$/.test(digits) && isIssued(digits) && !isOneCharacter(digits),
      veto: isNamedOtherwise,
      keepLast: 4,
    })),
  },
];
