import { MAX_CONTROL_BYTES, type FrameParser } from "../protocol/frame-parser.ts";
import { applyMask } from "../protocol/mask.ts";

/** One for all lanes: a control frame is judged within the call that brought its end. */
const scratch = new Uint8Array(MAX_CONTROL_BYTES);

/**
 * The unmasked payload of a whole control frame. Valid until the next call.
 *
 * @param frame as it came, header and all
 * @param header the parser that has read the frame
 */
export function controlPayload(
  frame: Uint8Array,
  header: Pick<FrameParser, "length" | "maskKey">,
  masked: boolean,
): Uint8Array {
  const body = frame.subarray(frame.length - header.length);
  const payload = scratch.subarray(0, body.length);
  if (masked) applyMask(body, payload, header.maskKey, 0);
  else payload.set(body);
  return payload;
}
