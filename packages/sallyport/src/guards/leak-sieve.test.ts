import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leakCorpus } from "../../test/corpus/leak/leak-corpus.ts";
import { leakDetectors } from "./leak-detectors.ts";
import { oddWriting } from "./leak-fold.ts";
import { LeakScanner } from "./leak-scan.ts";
import { createSieve } from "./leak-sieve.ts";
import { beginKey } from "./leak-sieve-tables.ts";

const detectors = [...leakDetectors, oddWriting];
const vectors = new LeakScanner(detectors);
const plain = new LeakScanner(detectors, (tables) => createSieve(tables, null));

/** What is found, in one order. */
function found(scanner: LeakScanner, text: string): readonly string[] {
  const all = scanner.scan(Buffer.from(text));
  return [...new Set(all.map(({ detector, start, end }) => `${detector.id} ${start} ${end}`))].toSorted();
}

describe("createSieve", () => {
  it("leads to the same finds with vectors and without, over the corpus and what is made of it", () => {
    const { positives, benign } = leakCorpus("tuned");
    const messages = [...positives, ...benign]
      .map(({ message }) => message)
      .filter((_, index) => index % 50 === 0);
    const long = messages.join("\n");
    expect(found(vectors, long).length).toBeGreaterThan(50);
    for (const message of [...messages, long]) expect(found(vectors, message)).toEqual(found(plain, message));
  });

  it("leads to the same finds with vectors and without, over anything", () => {
    const piece = fc.oneof(
      fc.constantFrom("4111 1111 1111 1111", "4111111111111111", "GB82WEST12345698765432", "ssn 219-09-9999"),
      fc.constantFrom(
        "password: ",
        "a@b.example",
        "AKIA",
        "10.1.2.3",
        "fd12::1",
        "\\u0041",
        "1.2",
        "-",
        " ",
        ".",
      ),
      fc.string(),
      fc.integer().map(String),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        expect(found(vectors, text)).toEqual(found(plain, text));
      }),
      { numRuns: 500 },
    );
  });
});

describe("beginKey", () => {
  it("is another for every two groups and what separates them", () => {
    const keys = [0, 1, 31].flatMap((one) =>
      [0, 1, 3].flatMap((sign) => [0, 1, 31].map((two) => beginKey(one, sign, two))),
    );
    expect(new Set(keys).size).toBe(27);
  });
});
