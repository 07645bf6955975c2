import { serializeClose } from "../protocol/frame-serializer.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";

/** The Close of an application, which waits behind its messages. */
export interface ClosingWords {
  /** `null`: a Close without a body. */
  readonly code: number | null;
  readonly reason: string;
}

/** A Close without a body (RFC 6455 5.5.1), and the code that stands for that (7.1.5). */
const EMPTY_CLOSE = Uint8Array.of(0x80 | opcodes.close, 0);
const NO_CODE = 1005;

/** The Close frame of these words, for a client, and what it says. */
export function closeOf({ code, reason }: ClosingWords): { code: number; reason: string; raw: Uint8Array } {
  const raw = code === null ? EMPTY_CLOSE : serializeClose(code, reason, null);
  return { code: code ?? NO_CODE, reason, raw };
}
