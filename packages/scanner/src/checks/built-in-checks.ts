import type { Check } from "../check.ts";
import { answersInPlaintext } from "./transport/answers-in-plaintext.ts";
import { pageWithoutTls } from "./transport/page-without-tls.ts";
import { acceptsOldTls } from "./transport/accepts-old-tls.ts";
import { acceptsWeakCipher } from "./transport/accepts-weak-cipher.ts";
import { certificateExpired } from "./transport/certificate-expired.ts";
import { certificateUntrusted } from "./transport/certificate-untrusted.ts";
import { certificateWrongName } from "./transport/certificate-wrong-name.ts";
import { certificateWeakKey } from "./transport/certificate-weak-key.ts";
import { noHsts } from "./transport/no-hsts.ts";
import { wrongAccept } from "./handshake/wrong-accept.ts";
import { acceptsUnknownVersion } from "./handshake/accepts-unknown-version.ts";
import { acceptsMissingVersion } from "./handshake/accepts-missing-version.ts";
import { acceptsOtherMethod } from "./handshake/accepts-other-method.ts";
import { acceptsOtherUpgrade } from "./handshake/accepts-other-upgrade.ts";
import { acceptsMissingKey } from "./handshake/accepts-missing-key.ts";
import { acceptsMalformedKey } from "./handshake/accepts-malformed-key.ts";
import { acceptsDuplicateKey } from "./handshake/accepts-duplicate-key.ts";
import { acceptsDuplicateHost } from "./handshake/accepts-duplicate-host.ts";
import { acceptsMalformedHeaders } from "./handshake/accepts-malformed-headers.ts";
import { acceptsConflictingLengths } from "./handshake/accepts-conflicting-lengths.ts";
import { acceptsRequestBody } from "./handshake/accepts-request-body.ts";
import { noHeaderLimit } from "./handshake/no-header-limit.ts";
import { acceptsDraft75 } from "./handshake/accepts-draft-75.ts";
import { unboundedDraft75Length } from "./handshake/unbounded-draft-75-length.ts";
import { acceptsDraft76 } from "./handshake/accepts-draft-76.ts";
import { tunnelsRefusedUpgrade } from "./handshake/tunnels-refused-upgrade.ts";
import { acceptsWithoutSubprotocol } from "./handshake/accepts-without-subprotocol.ts";
import { echoesUnknownSubprotocol } from "./handshake/echoes-unknown-subprotocol.ts";
import { selectsUnofferedSubprotocol } from "./handshake/selects-unoffered-subprotocol.ts";
import { acceptsInvalidExtension } from "./handshake/accepts-invalid-extension.ts";
import { disclosesInRefusal } from "./handshake/discloses-in-refusal.ts";
import { disclosesVersion } from "./handshake/discloses-version.ts";
import { acceptsForeignOrigin } from "./origin/accepts-foreign-origin.ts";
import { acceptsNullOrigin } from "./origin/accepts-null-origin.ts";
import { acceptsLookalikeOrigin } from "./origin/accepts-lookalike-origin.ts";
import { acceptsIpOrigin } from "./origin/accepts-ip-origin.ts";
import { acceptsLocalOrigin } from "./origin/accepts-local-origin.ts";
import { acceptsAppOrigin } from "./origin/accepts-app-origin.ts";
import { acceptsOtherScheme } from "./origin/accepts-other-scheme.ts";
import { acceptsOtherPort } from "./origin/accepts-other-port.ts";
import { acceptsSubdomainOrigin } from "./origin/accepts-subdomain-origin.ts";
import { acceptsUnserializedOrigin } from "./origin/accepts-unserialized-origin.ts";
import { acceptsDuplicateOrigin } from "./origin/accepts-duplicate-origin.ts";
import { acceptsMissingOrigin } from "./origin/accepts-missing-origin.ts";
import { acceptsForeignHost } from "./origin/accepts-foreign-host.ts";
import { reflectsOriginOnPolling } from "./origin/reflects-origin-on-polling.ts";
import { sharesPagesWithAnyOrigin } from "./origin/shares-pages-with-any-origin.ts";
import { noAuthentication } from "./authentication/no-authentication.ts";
import { acceptsInvalidCredentials } from "./authentication/accepts-invalid-credentials.ts";
import { missingOriginSkipsAuthentication } from "./authentication/missing-origin-skips-authentication.ts";
import { trustsForwardedAddress } from "./authentication/trusts-forwarded-address.ts";
import { trustsIdentityHeader } from "./authentication/trusts-identity-header.ts";
import { acceptsUnsignedToken } from "./authentication/accepts-unsigned-token.ts";
import { acceptsAlteredToken } from "./authentication/accepts-altered-token.ts";
import { acceptsEmbeddedKey } from "./authentication/accepts-embedded-key.ts";
import { weakTokenSecret } from "./authentication/weak-token-secret.ts";
import { acceptsExpiredToken } from "./authentication/accepts-expired-token.ts";
import { acceptsTokenInUrl } from "./authentication/accepts-token-in-url.ts";
import { weakSessionCookie } from "./authentication/weak-session-cookie.ts";
import { outlivesLogout } from "./authentication/outlives-logout.ts";
import { acceptsEndedSession } from "./authentication/accepts-ended-session.ts";
import { acceptsReplayedTicket } from "./authentication/accepts-replayed-ticket.ts";
import { acceptsUnmaskedFrame } from "./frames/accepts-unmasked-frame.ts";
import { largeMessageLimit } from "./limits/large-message-limit.ts";
import { noMessageRateLimit } from "./limits/no-message-rate-limit.ts";
import { noMessageSizeLimit } from "./limits/no-message-size-limit.ts";

/** Every check, in the order in which they run and are listed. A new one is a line here. */
export const builtInChecks: readonly Check[] = [
  answersInPlaintext,
  pageWithoutTls,
  acceptsOldTls,
  acceptsWeakCipher,
  certificateExpired,
  certificateUntrusted,
  certificateWrongName,
  certificateWeakKey,
  noHsts,
  wrongAccept,
  acceptsUnknownVersion,
  acceptsMissingVersion,
  acceptsOtherMethod,
  acceptsOtherUpgrade,
  acceptsMissingKey,
  acceptsMalformedKey,
  acceptsDuplicateKey,
  acceptsDuplicateHost,
  acceptsMalformedHeaders,
  acceptsConflictingLengths,
  acceptsRequestBody,
  noHeaderLimit,
  acceptsDraft75,
  unboundedDraft75Length,
  acceptsDraft76,
  tunnelsRefusedUpgrade,
  acceptsWithoutSubprotocol,
  echoesUnknownSubprotocol,
  selectsUnofferedSubprotocol,
  acceptsInvalidExtension,
  disclosesInRefusal,
  disclosesVersion,
  acceptsForeignOrigin,
  acceptsNullOrigin,
  acceptsLookalikeOrigin,
  acceptsIpOrigin,
  acceptsLocalOrigin,
  acceptsAppOrigin,
  acceptsOtherScheme,
  acceptsOtherPort,
  acceptsSubdomainOrigin,
  acceptsUnserializedOrigin,
  acceptsDuplicateOrigin,
  acceptsMissingOrigin,
  acceptsForeignHost,
  reflectsOriginOnPolling,
  sharesPagesWithAnyOrigin,
  noAuthentication,
  acceptsInvalidCredentials,
  missingOriginSkipsAuthentication,
  trustsForwardedAddress,
  trustsIdentityHeader,
  acceptsUnsignedToken,
  acceptsAlteredToken,
  acceptsEmbeddedKey,
  weakTokenSecret,
  acceptsExpiredToken,
  acceptsTokenInUrl,
  weakSessionCookie,
  outlivesLogout,
  acceptsEndedSession,
  acceptsReplayedTicket,
  acceptsUnmaskedFrame,
  largeMessageLimit,
  noMessageRateLimit,
  noMessageSizeLimit,
];
