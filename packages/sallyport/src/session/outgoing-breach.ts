import type { ErrorCode } from "../errors.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";

/** Which limit a whole message breaks; `null`: none. */
export function breachOf(
  { maxBytes, opcodes: allowed }: MessageLimits,
  opcode: number,
  size: number,
): ErrorCode | null {
  if (allowed !== "any" && opcode !== opcodes[allowed]) return "messageSize.opcode";
  return size > maxBytes ? "messageSize.bytes" : null;
}
