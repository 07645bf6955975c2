import type { CheckContext } from "../../check-context.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** What a peer made of a frame that says how long it will be. */
export interface AnnouncedLength {
  readonly isAccepted: boolean;
  /** The close code; null where it was ended without one, or stayed open. */
  readonly code: number | null;
  readonly exchange: Exchange;
}

/**
 * Sends the header of a text frame of this length and not a byte of its payload, so that nothing is asked of the peer but its opinion. Then
 * it gets the time to end the connection, and a turn of its own, by which it has read the header.
 */
export async function announceLength(context: CheckContext, length: number): Promise<AnnouncedLength> {
  const probe = await context.accepted();
  probe.frame({ opcode: "text", announced: length });
  const isClosed = await probe.waitFor(() => probe.isClosed);
  if (!isClosed) await context.hadItsTurn();
  await probe.waitFor(() => probe.isClosed, 50);
  const close = probe.closeFrame;
  return {
    isAccepted: !probe.isClosed,
    code: close !== null && close.payload.length >= 2 ? close.payload.readUInt16BE(0) : null,
    exchange: probe.exchange(`the header of a frame of ${length} bytes`),
  };
}

/** One mebibyte. */
export const MIB: number = 1024 * 1024;
