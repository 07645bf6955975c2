import type { Rule } from "./rule.ts";
import { noCodeFromMessage } from "./rules/no-code-from-message.ts";
import { noCorsAsOriginCheck } from "./rules/no-cors-as-origin-check.ts";
import { noHtmlFromMessage } from "./rules/no-html-from-message.ts";
import { noInsecureUrl } from "./rules/no-insecure-url.ts";
import { noJsxHtmlFromMessage } from "./rules/no-jsx-html-from-message.ts";
import { noObjectCloseReason } from "./rules/no-object-close-reason.ts";
import { noTokenInUrl } from "./rules/no-token-in-url.ts";
import { noUnboundedBroadcast } from "./rules/no-unbounded-broadcast.ts";
import { noUnguardedParse } from "./rules/no-unguarded-parse.ts";
import { noUnlimitedCompression } from "./rules/no-unlimited-compression.ts";
import { noUnverifiedTls } from "./rules/no-unverified-tls.ts";
import { requireAuthorization } from "./rules/require-authorization.ts";
import { requireBackPressure } from "./rules/require-back-pressure.ts";
import { requireErrorListener } from "./rules/require-error-listener.ts";
import { requireMaxPayload } from "./rules/require-max-payload.ts";
import { requireMessageSchema } from "./rules/require-message-schema.ts";
import { requireOriginCheck } from "./rules/require-origin-check.ts";

/** Every rule by its name. */
export const builtInRules: Readonly<Record<string, Rule>> = {
  "no-code-from-message": noCodeFromMessage,
  "no-cors-as-origin-check": noCorsAsOriginCheck,
  "no-html-from-message": noHtmlFromMessage,
  "no-insecure-url": noInsecureUrl,
  "no-jsx-html-from-message": noJsxHtmlFromMessage,
  "no-object-close-reason": noObjectCloseReason,
  "no-token-in-url": noTokenInUrl,
  "no-unbounded-broadcast": noUnboundedBroadcast,
  "no-unguarded-parse": noUnguardedParse,
  "no-unlimited-compression": noUnlimitedCompression,
  "no-unverified-tls": noUnverifiedTls,
  "require-authorization": requireAuthorization,
  "require-back-pressure": requireBackPressure,
  "require-error-listener": requireErrorListener,
  "require-max-payload": requireMaxPayload,
  "require-message-schema": requireMessageSchema,
  "require-origin-check": requireOriginCheck,
};
