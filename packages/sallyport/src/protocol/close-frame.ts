import { Buffer, isUtf8 } from "node:buffer";
import type { ErrorCode } from "../errors.ts";
import { closeCode, maySendCloseCode } from "./close-code.ts";

/** What a Close frame says. `code` is 1005 where the frame has none (RFC 6455 7.1.5). */
export type CloseBody =
  | { readonly ok: true; readonly code: number }
  | { readonly ok: false; readonly violation: ErrorCode };

/**
 * Reads the unmasked body of a Close frame (RFC 6455 5.5.1, 7.4). Refuses a body of one byte, a code that must not be
 * sent, and a reason that is not UTF-8.
 */
export function parseCloseBody(body: Uint8Array): CloseBody {
  if (body.length === 0) return { ok: true, code: closeCode.none };
  if (body.length === 1) return { ok: false, violation: "protocol.close-body" };
  const code = (body[0]! << 8) | body[1]!;
  if (!maySendCloseCode(code)) return { ok: false, violation: "protocol.close-code" };
  if (!isUtf8(body.subarray(2))) return { ok: false, violation: "protocol.invalid-utf8" };
  return { ok: true, code };
}

/** The reason in the unmasked body of a Close frame that was checked; empty where it has none. */
export function closeReason(body: Uint8Array): string {
  return body.length <= 2
    ? ""
    : Buffer.from(body.buffer, body.byteOffset + 2, body.length - 2).toString("utf8");
}
