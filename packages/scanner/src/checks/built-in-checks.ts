import type { Check } from "../check.ts";
import { answersInPlaintext } from "./transport/answers-in-plaintext.ts";
import { acceptsForeignOrigin } from "./origin/accepts-foreign-origin.ts";
import { acceptsLookalikeOrigin } from "./origin/accepts-lookalike-origin.ts";
import { acceptsNullOrigin } from "./origin/accepts-null-origin.ts";
import { noAuthentication } from "./authentication/no-authentication.ts";
import { acceptsUnmaskedFrame } from "./frames/accepts-unmasked-frame.ts";
import { largeMessageLimit } from "./limits/large-message-limit.ts";
import { noMessageRateLimit } from "./limits/no-message-rate-limit.ts";
import { noMessageSizeLimit } from "./limits/no-message-size-limit.ts";

/** Every check, in the order in which they run and are listed. A new one is a line here. */
export const builtInChecks: readonly Check[] = [
  answersInPlaintext,
  acceptsForeignOrigin,
  acceptsNullOrigin,
  acceptsLookalikeOrigin,
  noAuthentication,
  acceptsUnmaskedFrame,
  noMessageSizeLimit,
  largeMessageLimit,
  noMessageRateLimit,
];
