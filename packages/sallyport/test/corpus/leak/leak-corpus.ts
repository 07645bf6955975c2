import { createHash } from "node:crypto";
import { benignMessages, type BenignMessage } from "./benign-messages.ts";
import { cardValues } from "./card-values.ts";
import { carry } from "./carriers.ts";
import { CorpusRandom } from "./corpus-random.ts";
import { credentialValues, passwordValues, privateKeyValues } from "./credential-values.ts";
import { ibanValues } from "./iban-values.ts";
import { laterValues } from "./later-values.ts";
import type { LeakSample, LeakValue } from "./leak-sample.ts";
import { nationalIdValues } from "./national-id-values.ts";
import { addressValues, emailLists, sqlErrorValues, traceValues } from "./trace-values.ts";

/** The corpus of leaks. It was frozen before the detectors were written: see its test. */
export interface LeakCorpus {
  readonly positives: readonly LeakSample[];
  readonly benign: readonly BenignMessage[];
}

const makers: readonly ((random: CorpusRandom) => readonly LeakValue[])[] = [
  cardValues,
  ibanValues,
  nationalIdValues,
  credentialValues,
  privateKeyValues,
  passwordValues,
  emailLists,
  traceValues,
  sqlErrorValues,
  addressValues,
];

/** Messages of each benign traffic in one half. */
export const BENIGN_EACH = 1500;

// Another seed, another half: nothing of the one stands in the other but what is written by hand.
const seeds = { tuned: 20_261_129, heldOut: 77_016_411 };

/** One half of the corpus: `tuned` was looked at while the detectors were written, `heldOut` was not. */
export function leakCorpus(half: "tuned" | "heldOut"): LeakCorpus {
  const random = new CorpusRandom(seeds[half]);
  return {
    positives: makers.flatMap((make) => carry(make(random), random)),
    benign: benignMessages(random, BENIGN_EACH),
  };
}

/** Values of detectors that came later, in messages: made when those were there, and frozen since. */
export function laterCorpus(half: "tuned" | "heldOut"): readonly LeakSample[] {
  const random = new CorpusRandom(seeds[half] + 1);
  return carry(laterValues(random), random);
}

/** SHA-256 of every message of a half, in hex. */
export function digestOf({ positives, benign }: LeakCorpus): string {
  const hash = createHash("sha256");
  for (const { detector, message } of positives) hash.update(`${detector}\n${message}\n`);
  for (const { traffic, message } of benign) hash.update(`${traffic}\n${message}\n`);
  return hash.digest("hex");
}
