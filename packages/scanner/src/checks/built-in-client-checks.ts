import type { ClientCheck } from "../reverse/client-check.ts";
import { clientAcceptsWrongAccept } from "./client/client-accepts-wrong-accept.ts";
import { clientAcceptsOtherStatus } from "./client/client-accepts-other-status.ts";
import { clientAcceptsOtherUpgrade } from "./client/client-accepts-other-upgrade.ts";
import { clientAcceptsUnofferedSubprotocol } from "./client/client-accepts-unoffered-subprotocol.ts";
import { clientAcceptsUnofferedExtension } from "./client/client-accepts-unoffered-extension.ts";
import { clientSpeaksBeforeTheAnswer } from "./client/client-speaks-before-the-answer.ts";
import { clientSendsCredentialsElsewhere } from "./client/client-sends-credentials-elsewhere.ts";
import { clientWaitsForTheAnswerForever } from "./client/client-waits-for-the-answer-forever.ts";
import { clientSendsUnmaskedFrames } from "./client/client-sends-unmasked-frames.ts";
import { clientRepeatsMaskingKeys } from "./client/client-repeats-masking-keys.ts";
import { clientAcceptsMaskedFrames } from "./client/client-accepts-masked-frames.ts";
import { clientAcceptsReservedBits } from "./client/client-accepts-reserved-bits.ts";
import { clientAcceptsReservedOpcodes } from "./client/client-accepts-reserved-opcodes.ts";
import { clientAcceptsInvalidUtf8 } from "./client/client-accepts-invalid-utf8.ts";
import { clientAcceptsFragmentedControlFrames } from "./client/client-accepts-fragmented-control-frames.ts";
import { clientAcceptsOversizedControlFrames } from "./client/client-accepts-oversized-control-frames.ts";
import { clientAcceptsStrayContinuations } from "./client/client-accepts-stray-continuations.ts";
import { clientAcceptsInterleavedMessages } from "./client/client-accepts-interleaved-messages.ts";
import { clientAcceptsLengthWithHighBit } from "./client/client-accepts-length-with-high-bit.ts";
import { clientAcceptsOverlongLengths } from "./client/client-accepts-overlong-lengths.ts";
import { clientLeavesCloseUnanswered } from "./client/client-leaves-close-unanswered.ts";
import { clientSendsDataAfterClose } from "./client/client-sends-data-after-close.ts";
import { clientEchoesInvalidCloseCodes } from "./client/client-echoes-invalid-close-codes.ts";
import { clientEchoesInvalidCloseReasons } from "./client/client-echoes-invalid-close-reasons.ts";
import { clientNoMessageSizeLimit } from "./client/client-no-message-size-limit.ts";
import { clientNoFragmentLimit } from "./client/client-no-fragment-limit.ts";
import { clientNoDecompressionLimit } from "./client/client-no-decompression-limit.ts";
import { clientCrashesOnHugeLength } from "./client/client-crashes-on-huge-length.ts";
import { clientCrashesOnExtensionAnswer } from "./client/client-crashes-on-extension-answer.ts";
import { clientCrashesOnGarbage } from "./client/client-crashes-on-garbage.ts";
import { clientCrashesOnOddMessage } from "./client/client-crashes-on-odd-message.ts";
import { clientCrashesOnReset } from "./client/client-crashes-on-reset.ts";

/** Every check of clients, in the order in which they run and are listed. A new one is a line here. */
export const builtInClientChecks: readonly ClientCheck[] = [
  clientAcceptsWrongAccept,
  clientAcceptsOtherStatus,
  clientAcceptsOtherUpgrade,
  clientAcceptsUnofferedSubprotocol,
  clientAcceptsUnofferedExtension,
  clientSpeaksBeforeTheAnswer,
  clientSendsCredentialsElsewhere,
  clientWaitsForTheAnswerForever,
  clientSendsUnmaskedFrames,
  clientRepeatsMaskingKeys,
  clientAcceptsMaskedFrames,
  clientAcceptsReservedBits,
  clientAcceptsReservedOpcodes,
  clientAcceptsInvalidUtf8,
  clientAcceptsFragmentedControlFrames,
  clientAcceptsOversizedControlFrames,
  clientAcceptsStrayContinuations,
  clientAcceptsInterleavedMessages,
  clientAcceptsLengthWithHighBit,
  clientAcceptsOverlongLengths,
  clientLeavesCloseUnanswered,
  clientSendsDataAfterClose,
  clientEchoesInvalidCloseCodes,
  clientEchoesInvalidCloseReasons,
  clientNoMessageSizeLimit,
  clientNoFragmentLimit,
  clientNoDecompressionLimit,
  clientCrashesOnHugeLength,
  clientCrashesOnExtensionAnswer,
  clientCrashesOnGarbage,
  clientCrashesOnOddMessage,
  clientCrashesOnReset,
];
