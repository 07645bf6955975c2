import { opcodes } from "../../probe/frame.ts";
import type { ReceivedFrame } from "../../probe/frame-reader.ts";

/** What messages say: text and binary frames as UTF-8, and the reason of a close. */
export function textsOf(frames: readonly ReceivedFrame[]): readonly string[] {
  return frames.flatMap(({ opcode, payload }) => {
    if (opcode === opcodes.text || opcode === opcodes.binary || opcode === opcodes.continuation)
      return [payload.toString("utf8")];
    return opcode === opcodes.close ? [payload.subarray(2).toString("utf8")] : [];
  });
}
