import { constants, deflateRawSync } from "node:zlib";
import type { CheckContext } from "../check-context.ts";
import { describeAttempt } from "../attempt.ts";
import { NotTestedError } from "../not-tested.ts";
import type { HandshakeChange } from "../probe/handshake.ts";
import { headerOf } from "../probe/response-head.ts";

/** A handshake that offers to compress, each message for itself (RFC 7692 7.1). */
export const offeringCompression: HandshakeChange = {
  set: {
    "Sec-WebSocket-Extensions": "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
  },
};

/** Why a check of compression does not apply. */
export const NO_COMPRESSION = "permessage-deflate was offered, and not accepted";

/** Whether the target compresses where it is offered. Asked once in a scan. */
export function compresses(context: CheckContext): Promise<boolean> {
  return context.remember("compression", async () => {
    const attempt = await context.open(offeringCompression);
    if (attempt.kind !== "accepted")
      throw new NotTestedError(`a handshake that offers compression was ${describeAttempt(attempt)}`);
    const { head } = attempt.probe;
    return head !== null && (headerOf(head, "sec-websocket-extensions") ?? "").includes("permessage-deflate");
  });
}

/** The payload of a compressed message (RFC 7692 7.2.1). */
export function deflated(payload: string | Uint8Array): Buffer {
  const all = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  return all.subarray(0, all.length - 4);
}
