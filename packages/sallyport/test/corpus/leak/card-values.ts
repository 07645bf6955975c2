import type { CorpusRandom } from "./corpus-random.ts";
import type { LeakValue } from "./leak-sample.ts";

// Test numbers that Stripe, Adyen, PayPal and Braintree publish: no bank ever issued them.
const published: Readonly<Record<string, readonly string[]>> = {
  visa: [
    "4242424242424242",
    "4000056655665556",
    "4111111111111111",
    "4012888888881881",
    "4000002500003155",
    "4000000000009995",
    "4009348888881881",
    "4005519200000004",
    "4012000033330026",
    "4500600000000061",
    "4222222222222",
    "4444333322221111",
  ],
  mastercard: [
    "5555555555554444",
    "2223003122003222",
    "5200828282828210",
    "5105105105105100",
    "2223000048400011",
    "5555341244441115",
    "2222400070000005",
    "5577000055770004",
  ],
  amex: ["378282246310005", "371449635398431", "378734493671000", "370000000000002"],
  discover: [
    "6011111111111117",
    "6011000990139424",
    "6011981111111113",
    "6011000400000000",
    "6445644564456445",
  ],
  diners: ["3056930009020004", "36227206271667", "30569309025904", "38520000023237", "36006666333344"],
  jcb: ["3566002020360505", "3530111333300000", "3569990010095841"],
  unionpay: ["6200000000000005", "6205500000000000004", "6243030000000001"],
  maestro: ["6759649826438453", "6771798021000008", "6304000000000000", "5018000000000009"],
};

/** Prefixes and length of each issuer, for numbers that are made. */
const issuers: readonly (readonly [kind: string, prefixes: readonly string[], length: number])[] = [
  ["visa", ["4"], 16],
  ["mastercard", ["51", "52", "53", "54", "55", "2221", "2345", "2500", "2699", "2720"], 16],
  ["amex", ["34", "37"], 15],
  ["discover", ["6011", "644", "649", "65"], 16],
  ["diners", ["300", "305", "36", "38", "39"], 14],
  ["jcb", ["3528", "3550", "3589"], 16],
  ["unionpay", ["6221", "6250", "6282"], 16],
  ["maestro", ["5018", "5020", "5038", "6304", "6759", "6761", "6763"], 16],
  ["unionpay", ["6221", "6250"], 19],
];

function checkDigit(partial: string): string {
  const sum = Array.from(partial)
    .toReversed()
    .reduce((total, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return String((10 - (sum % 10)) % 10);
}

function group(digits: string, separator: string): string {
  const sizes = digits.length === 15 ? [4, 6, 5] : digits.length === 14 ? [4, 6, 4] : [4, 4, 4, 4, 3];
  const groups: string[] = [];
  let from = 0;
  for (const size of sizes) {
    if (from < digits.length) groups.push(digits.slice(from, from + size));
    from += size;
  }
  return groups.join(separator);
}

function card(kind: string, digits: string, form: number): LeakValue {
  const value = [digits, group(digits, " "), group(digits, "-")][form % 3] ?? digits;
  return { detector: "card", kind, value, label: "card number", field: "cardNumber", bare: true };
}

/** Payment cards: published test numbers in each usual spacing, and numbers made in each issuer's ranges. */
export function cardValues(random: CorpusRandom): readonly LeakValue[] {
  const known = Object.entries(published).flatMap(([kind, list]) =>
    list.flatMap((digits) => [0, 1, 2].map((form) => card(kind, digits, form))),
  );
  const made = issuers.flatMap(([kind, prefixes, length]) =>
    Array.from({ length: 30 }, (_, index) => {
      const prefix = random.pick(prefixes);
      const partial = prefix + random.digits(length - prefix.length - 1);
      return card(kind, partial + checkDigit(partial), index);
    }),
  );
  return [...known, ...made];
}
