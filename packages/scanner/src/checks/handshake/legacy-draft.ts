import type { CheckContext } from "../../check-context.ts";
import { type DraftRequest, withHeaders } from "../../probe/handshake.ts";

/** The body of a handshake of draft-76: eight bytes behind the head. */
export const DRAFT_76_BODY = "^n:ds[4U";

const OF_THE_STANDARD = { "Sec-WebSocket-Key": null, "Sec-WebSocket-Version": null };

/** A handshake of draft-hixie-thewebsocketprotocol-75: the standard's without key and version. */
export function draft75(context: CheckContext): DraftRequest {
  const request = context.handshake();
  return { ...request, headers: withHeaders(request.headers, OF_THE_STANDARD) };
}

/** A handshake of draft-hixie-thewebsocketprotocol-76, with the keys of the example in it. */
export function draft76(context: CheckContext): DraftRequest {
  const request = context.handshake();
  const headers = withHeaders(request.headers, {
    ...OF_THE_STANDARD,
    "Sec-WebSocket-Key1": "4 @1  46546xW%0l 1 5",
    "Sec-WebSocket-Key2": "12998 5 Y3 1  .P00",
  });
  return { ...request, headers };
}
