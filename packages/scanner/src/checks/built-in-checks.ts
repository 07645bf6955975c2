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
import { sharesPagesWithAnyOrigin } from "./origin/shares-pages-with-any-origin.ts";
import { pollingReflectsOrigin } from "./origin/polling-reflects-origin.ts";
import { hijackProven } from "./origin/hijack-proven.ts";
import { siblingHijackProven } from "./origin/sibling-hijack-proven.ts";
import { noAuthentication } from "./authentication/no-authentication.ts";
import { acceptsInvalidCredentials } from "./authentication/accepts-invalid-credentials.ts";
import { missingOriginSkipsAuthentication } from "./authentication/missing-origin-skips-authentication.ts";
import { trustsForwardedAddress } from "./authentication/trusts-forwarded-address.ts";
import { trustsIdentityHeader } from "./authentication/trusts-identity-header.ts";
import { acceptsUnsignedToken } from "./authentication/accepts-unsigned-token.ts";
import { acceptsAlteredToken } from "./authentication/accepts-altered-token.ts";
import { acceptsPublicKeyAsSecret } from "./authentication/accepts-public-key-as-secret.ts";
import { outlivesToken } from "./authentication/outlives-token.ts";
import { acceptsEmbeddedKey } from "./authentication/accepts-embedded-key.ts";
import { weakTokenSecret } from "./authentication/weak-token-secret.ts";
import { acceptsExpiredToken } from "./authentication/accepts-expired-token.ts";
import { acceptsTokenInUrl } from "./authentication/accepts-token-in-url.ts";
import { weakSessionCookie } from "./authentication/weak-session-cookie.ts";
import { outlivesLogout } from "./authentication/outlives-logout.ts";
import { acceptsEndedSession } from "./authentication/accepts-ended-session.ts";
import { acceptsMissingTicket } from "./authentication/accepts-missing-ticket.ts";
import { acceptsReplayedTicket } from "./authentication/accepts-replayed-ticket.ts";
import { acceptsUnmaskedFrame } from "./frames/accepts-unmasked-frame.ts";
import { acceptsCorruptCompression } from "./frames/accepts-corrupt-compression.ts";
import { acceptsDataAfterClose } from "./frames/accepts-data-after-close.ts";
import { acceptsFragmentedControlFrame } from "./frames/accepts-fragmented-control-frame.ts";
import { acceptsInterleavedMessage } from "./frames/accepts-interleaved-message.ts";
import { acceptsInvalidUtf8 } from "./frames/accepts-invalid-utf8.ts";
import { acceptsLengthWithHighBit } from "./frames/accepts-length-with-high-bit.ts";
import { acceptsOverlongLength } from "./frames/accepts-overlong-length.ts";
import { acceptsOversizedControlFrame } from "./frames/accepts-oversized-control-frame.ts";
import { acceptsReservedBits } from "./frames/accepts-reserved-bits.ts";
import { acceptsReservedOpcode } from "./frames/accepts-reserved-opcode.ts";
import { acceptsSplitInvalidUtf8 } from "./frames/accepts-split-invalid-utf8.ts";
import { acceptsStrayCompressionBit } from "./frames/accepts-stray-compression-bit.ts";
import { acceptsStrayContinuation } from "./frames/accepts-stray-continuation.ts";
import { echoesInvalidCloseCode } from "./frames/echoes-invalid-close-code.ts";
import { echoesInvalidCloseReason } from "./frames/echoes-invalid-close-reason.ts";
import { ignoresPings } from "./frames/ignores-pings.ts";
import { leavesCloseUnanswered } from "./frames/leaves-close-unanswered.ts";
import { masksItsFrames } from "./frames/masks-its-frames.ts";
import { largeMessageLimit } from "./limits/large-message-limit.ts";
import { noMessageRateLimit } from "./limits/no-message-rate-limit.ts";
import { noMessageSizeLimit } from "./limits/no-message-size-limit.ts";
import { noConnectionLimit } from "./limits/no-connection-limit.ts";
import { noDecompressionLimit } from "./limits/no-decompression-limit.ts";
import { noFragmentLimit } from "./limits/no-fragment-limit.ts";
import { noHeartbeat } from "./limits/no-heartbeat.ts";
import { noPingRateLimit } from "./limits/no-ping-rate-limit.ts";
import { noSlowReaderLimit } from "./limits/no-slow-reader-limit.ts";
import { noUnfinishedMessageTimeout } from "./limits/no-unfinished-message-timeout.ts";
import { slowExtensionParsing } from "./limits/slow-extension-parsing.ts";
import { slowSubprotocolParsing } from "./limits/slow-subprotocol-parsing.ts";
import { developmentServerReadsFiles } from "./messages/development-server-reads-files.ts";
import { disclosesInternals } from "./messages/discloses-internals.ts";
import { disclosesStackTraces } from "./messages/discloses-stack-traces.ts";
import { engineIoUnknownTransport } from "./messages/engine-io-unknown-transport.ts";
import { exposesDevelopmentServer } from "./messages/exposes-development-server.ts";
import { failsOnDeepJson } from "./messages/fails-on-deep-json.ts";
import { graphqlAllowsIntrospection } from "./messages/graphql-allows-introspection.ts";
import { graphqlNoAliasLimit } from "./messages/graphql-no-alias-limit.ts";
import { graphqlNoDepthLimit } from "./messages/graphql-no-depth-limit.ts";
import { graphqlNoInitTimeout } from "./messages/graphql-no-init-timeout.ts";
import { graphqlOperationBeforeAck } from "./messages/graphql-operation-before-ack.ts";
import { jsonRpcInheritedMethods } from "./messages/json-rpc-inherited-methods.ts";
import { jsonRpcListsMethods } from "./messages/json-rpc-lists-methods.ts";
import { jsonRpcNoBatchLimit } from "./messages/json-rpc-no-batch-limit.ts";
import { losesLargeNumbers } from "./messages/loses-large-numbers.ts";
import { mqttAnonymousSession } from "./messages/mqtt-anonymous-session.ts";
import { mqttSubscribesToEverything } from "./messages/mqtt-subscribes-to-everything.ts";
import { pollutesPrototypes } from "./messages/pollutes-prototypes.ts";
import { relaysMarkup } from "./messages/relays-markup.ts";
import { sendsSecrets } from "./messages/sends-secrets.ts";
import { slowMessageParsing } from "./messages/slow-message-parsing.ts";
import { socketIoAnyNamespace } from "./messages/socket-io-any-namespace.ts";
import { socketIoNoAttachmentLimit } from "./messages/socket-io-no-attachment-limit.ts";
import { socketIoOpenAdminNamespace } from "./messages/socket-io-open-admin-namespace.ts";
import { socketIoUncheckedPlaceholder } from "./messages/socket-io-unchecked-placeholder.ts";
import { crashesOnEarlyFrame } from "./crash/crashes-on-early-frame.ts";
import { crashesOnInheritedExtension } from "./crash/crashes-on-inherited-extension.ts";
import { crashesOnMalformedCookie } from "./crash/crashes-on-malformed-cookie.ts";
import { crashesOnMalformedFrame } from "./crash/crashes-on-malformed-frame.ts";
import { crashesOnManyHeaders } from "./crash/crashes-on-many-headers.ts";
import { crashesOnOddMessage } from "./crash/crashes-on-odd-message.ts";
import { crashesOnReset } from "./crash/crashes-on-reset.ts";
import { crashesOnSocketIoErrorEvent } from "./crash/crashes-on-socket-io-error-event.ts";
import { crashesOnSocketIoEventName } from "./crash/crashes-on-socket-io-event-name.ts";
import { crashesOnUpgradeElsewhere } from "./crash/crashes-on-upgrade-elsewhere.ts";

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
  sharesPagesWithAnyOrigin,
  pollingReflectsOrigin,
  hijackProven,
  siblingHijackProven,
  noAuthentication,
  acceptsInvalidCredentials,
  missingOriginSkipsAuthentication,
  trustsForwardedAddress,
  trustsIdentityHeader,
  acceptsUnsignedToken,
  acceptsAlteredToken,
  acceptsEmbeddedKey,
  acceptsPublicKeyAsSecret,
  weakTokenSecret,
  acceptsExpiredToken,
  acceptsTokenInUrl,
  weakSessionCookie,
  outlivesLogout,
  outlivesToken,
  acceptsEndedSession,
  acceptsMissingTicket,
  acceptsReplayedTicket,
  acceptsUnmaskedFrame,
  acceptsCorruptCompression,
  acceptsDataAfterClose,
  acceptsFragmentedControlFrame,
  acceptsInterleavedMessage,
  acceptsInvalidUtf8,
  acceptsLengthWithHighBit,
  acceptsOverlongLength,
  acceptsOversizedControlFrame,
  acceptsReservedBits,
  acceptsReservedOpcode,
  acceptsSplitInvalidUtf8,
  acceptsStrayCompressionBit,
  acceptsStrayContinuation,
  echoesInvalidCloseCode,
  echoesInvalidCloseReason,
  ignoresPings,
  leavesCloseUnanswered,
  masksItsFrames,
  largeMessageLimit,
  noMessageRateLimit,
  noMessageSizeLimit,
  noConnectionLimit,
  noDecompressionLimit,
  noFragmentLimit,
  noHeartbeat,
  noPingRateLimit,
  noSlowReaderLimit,
  noUnfinishedMessageTimeout,
  slowExtensionParsing,
  slowSubprotocolParsing,
  developmentServerReadsFiles,
  disclosesInternals,
  disclosesStackTraces,
  engineIoUnknownTransport,
  exposesDevelopmentServer,
  failsOnDeepJson,
  graphqlAllowsIntrospection,
  graphqlNoAliasLimit,
  graphqlNoDepthLimit,
  graphqlNoInitTimeout,
  graphqlOperationBeforeAck,
  jsonRpcInheritedMethods,
  jsonRpcListsMethods,
  jsonRpcNoBatchLimit,
  losesLargeNumbers,
  mqttAnonymousSession,
  mqttSubscribesToEverything,
  pollutesPrototypes,
  relaysMarkup,
  sendsSecrets,
  slowMessageParsing,
  socketIoAnyNamespace,
  socketIoNoAttachmentLimit,
  socketIoOpenAdminNamespace,
  socketIoUncheckedPlaceholder,
  crashesOnEarlyFrame,
  crashesOnInheritedExtension,
  crashesOnMalformedCookie,
  crashesOnMalformedFrame,
  crashesOnManyHeaders,
  crashesOnOddMessage,
  crashesOnReset,
  crashesOnSocketIoErrorEvent,
  crashesOnSocketIoEventName,
  crashesOnUpgradeElsewhere,
];
