import type { FrameParser } from "../protocol/frame-parser.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";

/**
 * Reads on for a peer's Close alone, and drops everything else that it sends. Returns whether there is nothing left to look for: it
 * has come, or cannot come any more.
 */
export function seekClose(parser: FrameParser, chunk: Uint8Array): boolean {
  parser.feed(chunk);
  for (let token = parser.next(); token !== "more"; token = parser.next()) {
    if (token === "violation") return true;
    if (token === "payload" && parser.payloadDone && parser.opcode === opcodes.close) return true;
  }
  return false;
}
