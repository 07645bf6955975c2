import type { ErrorCode } from "../errors.ts";
import type { FrameParser } from "../protocol/frame-parser.ts";

/** What the frame in progress has to do with a violation, for the operator. */
export function describeFrame(code: ErrorCode, { length, opcode }: FrameParser): string {
  return code.startsWith("messageSize.") ? `a frame announces ${length} bytes` : `opcode ${opcode}`;
}
