import { MAX_CONTROL_BYTES } from "./frame-parser.ts";
import { applyMask } from "./mask.ts";
import { opcode as opcodes } from "./opcode.ts";

/** A frame of ours. `maskKey`: four random bytes towards a server, `null` towards a client (RFC 6455 5.3). */
export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly maskKey: Uint8Array | null;
  /** Default `true`. */
  readonly fin?: boolean;
}

/** Encodes one frame with the shortest length form (RFC 6455 5.2). */
export function serializeFrame(frame: Frame): Uint8Array {
  const { payload, maskKey } = frame;
  const lengthBytes = payload.length < 126 ? 0 : payload.length < 0x1_0000 ? 2 : 8;
  const header = 2 + lengthBytes + (maskKey === null ? 0 : 4);
  const bytes = new Uint8Array(header + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = ((frame.fin ?? true) ? 0x80 : 0) | frame.opcode;
  bytes[1] =
    (maskKey === null ? 0 : 0x80) | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) view.setUint16(2, payload.length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(payload.length));
  if (maskKey === null) {
    bytes.set(payload, header);
  } else {
    bytes.set(maskKey.subarray(0, 4), header - 4);
    applyMask(payload, bytes.subarray(header), maskKey, 0);
  }
  return bytes;
}

/**
 * Encodes a Close frame (RFC 6455 5.5.1). A reason beyond 123 bytes of UTF-8 is cut at a code point.
 *
 * @param maskKey four random bytes towards a server, `null` towards a client
 */
export function serializeClose(code: number, reason: string, maskKey: Uint8Array | null): Uint8Array {
  const payload = new Uint8Array(MAX_CONTROL_BYTES);
  new DataView(payload.buffer).setUint16(0, code);
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2));
  return serializeFrame({ opcode: opcodes.close, payload: payload.subarray(0, 2 + written), maskKey });
}
