import { cardDetectors } from "./leak-cards.ts";
import { credentialDetectors } from "./leak-credentials.ts";
import type { LeakDetector } from "./leak-detector.ts";
import { errorDetectors } from "./leak-errors.ts";
import { ibanDetectors } from "./leak-iban.ts";
import { internalDetectors } from "./leak-internals.ts";
import { keyDetectors } from "./leak-keys.ts";
import { namedSecretDetectors } from "./leak-named-secrets.ts";
import { nationalIdDetectors } from "./leak-national-ids.ts";
import { personalDetectors } from "./leak-personal.ts";
import { urlPasswordDetectors } from "./leak-url-passwords.ts";

/** Every detector of this version. All of them are on where a route asks for `leak` and names none. */
export const leakDetectors: readonly LeakDetector[] = [
  ...cardDetectors,
  ...ibanDetectors,
  ...nationalIdDetectors,
  ...keyDetectors,
  ...credentialDetectors,
  ...namedSecretDetectors,
  ...urlPasswordDetectors,
  ...personalDetectors,
  ...errorDetectors,
  ...internalDetectors,
];
