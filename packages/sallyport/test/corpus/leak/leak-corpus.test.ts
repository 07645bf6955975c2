import { describe, expect, it } from "vitest";
import { leakDetectors } from "../../../src/guards/leak-detectors.ts";
import { cardValues } from "./card-values.ts";
import { CorpusRandom } from "./corpus-random.ts";
import { ibanValues } from "./iban-values.ts";
import { digestOf, laterCorpus, leakCorpus } from "./leak-corpus.ts";

const corpus = { tuned: leakCorpus("tuned"), heldOut: leakCorpus("heldOut") } as const;
const frozen = {
  tuned: "c1412c8554730ef3f8d8dfc72e257f84bdab51cbf525a71ea5a850c82cdd4c8b",
  heldOut: "bd1783f3fa85329a3ffb7d4f9ae4774ad2f2cff5c1c004c33d2fc562582ebc84",
} as const;

describe("laterCorpus", () => {
  it("has, with the corpus, values of every detector, and is the one that was frozen when it was made", () => {
    const measured = new Set(
      [...corpus.tuned.positives, ...laterCorpus("tuned")].map(({ detector }) => detector),
    );
    expect(leakDetectors.filter(({ id }) => !measured.has(id))).toEqual([]);
    const digests = (["tuned", "heldOut"] as const).map((half) =>
      digestOf({ positives: laterCorpus(half), benign: [] }),
    );
    expect(digests).toEqual([
      "2458021cd0b57d27d493ecb0aab5a6be3a95f9840fc1f4064358bf281eb47691",
      "2c2c3f2c9f5c0ab90632301582cf524d65db480fb6a78dd7dd6cbb6b315606a8",
    ]);
  });
});

describe("leakCorpus", () => {
  it.each(["tuned", "heldOut"] as const)(
    "is the one that was frozen before the detectors were written: %s",
    (half) => {
      expect(digestOf(corpus[half])).toBe(frozen[half]);
    },
  );

  it("has a hundred values of each detector at least, and different ones in its halves", () => {
    const { positives } = corpus.tuned;
    const counts = new Map<string, number>();
    for (const { detector } of positives) counts.set(detector, (counts.get(detector) ?? 0) + 1);
    expect(counts.size).toBeGreaterThan(60);
    expect([...counts].filter(([, count]) => count < 100)).toEqual([]);
    const known = new Set(positives.map(({ message }) => message));
    const again = corpus.heldOut.positives.filter(({ message }) => known.has(message));
    expect(again.length).toBeLessThan(positives.length / 20);
  });

  it("has cards whose check digit is right (ISO/IEC 7812-1 annex B)", () => {
    const wrong = cardValues(new CorpusRandom(1)).filter(({ value }) => {
      const digits = Array.from(value.replaceAll(/\D/g, "")).toReversed().map(Number);
      const sum = digits.reduce(
        (total, digit, index) => total + (index % 2 === 0 ? digit : ((digit * 2) % 10) + (digit > 4 ? 1 : 0)),
        0,
      );
      return sum % 10 !== 0;
    });
    expect(wrong.map(({ value }) => value)).toEqual([]);
  });

  it("has IBANs whose check digits are right (ISO 13616-1)", () => {
    const wrong = ibanValues(new CorpusRandom(1)).filter(({ value }) => {
      const iban = value.replaceAll(" ", "");
      const numeric = `${iban.slice(4)}${iban.slice(0, 4)}`.replaceAll(/[A-Z]/g, (letter) =>
        String(letter.charCodeAt(0) - 55),
      );
      return BigInt(numeric) % 97n !== 1n;
    });
    expect(wrong).toEqual([]);
  });
});
