import type { CheckContext } from "../../check-context.ts";
import { NotTestedError } from "../../not-tested.ts";
import type { Exchange } from "../../probe/transcript.ts";
import { codeOf } from "../frames/breach.ts";

/** From here on close codes are an application's, which has not seen a frame whose payload is still to come (RFC 6455 7.4.2). */
const FIRST_OF_APPLICATIONS = 3000;

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
  // With its session begun: who does not begin one is ended for that, sooner or later.
  const probe = await context.ready();
  probe.frame({ opcode: "text", announced: length });
  const isClosed = await probe.waitFor(() => probe.isClosed);
  if (!isClosed) await context.hadItsTurn();
  await probe.waitFor(() => probe.isClosed, 50);
  const code = codeOf(probe.closeFrame);
  if (code !== null && code >= FIRST_OF_APPLICATIONS)
    throw new NotTestedError(
      `the application ended the connection (${code}), not for the length of a message`,
    );
  return {
    isAccepted: !probe.isClosed,
    code,
    exchange: probe.exchange(`the header of a frame of ${length} bytes`),
  };
}

/** One mebibyte. */
export const MIB: number = 1024 * 1024;
