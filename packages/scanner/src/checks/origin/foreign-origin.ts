import type { CheckContext } from "../../check-context.ts";
import type { Exchange } from "../../probe/transcript.ts";
import { isData } from "../protocol-messages.ts";
import { tryHandshake } from "../try-handshake.ts";

/** What became of a handshake with another origin. */
export interface OriginTrial {
  readonly origin: string;
  /** `used`: the socket was admitted, and is usable or brought data. `refused`: it was not, however late. */
  readonly kind: "used" | "refused";
  /** Data came that the control gets as well: more than an open socket. */
  readonly hasData: boolean;
  readonly words: string;
  readonly exchange: Exchange;
}

/** An origin that nobody allows: a name that is reserved for such use (RFC 6761). */
export const FOREIGN = "https://sallyport-scan.invalid";

/**
 * Tries a handshake with another origin, and says what the socket was good for. A 101 alone says nothing: a server may end the socket after
 * it, so it gets the time to, and then has to answer a ping or to have sent what the control gets.
 */
export async function tryOrigin(context: CheckContext, origin: string): Promise<OriginTrial> {
  const about = `a handshake with Origin: ${origin}`;
  const { isUsed, words, probe, exchange } = await tryHandshake(context, { origin }, about);
  const expected = [...context.control.greeting, ...context.control.answers].filter(isData).length;
  const hasData = isUsed && expected > 0 && probe.frames.some(isData);
  return {
    origin,
    kind: isUsed ? "used" : "refused",
    hasData,
    words: hasData ? "accepted, and it got what our own origin gets" : words,
    exchange,
  };
}

/** The trial with an origin of somebody else's, made once in a scan: what other checks of origins are compared with. */
export function tryForeign(context: CheckContext): Promise<OriginTrial> {
  return context.remember("origin.foreign", () => tryOrigin(context, FOREIGN));
}

/** Whether the user is known by a cookie, which a browser sends to whoever asks. */
export function usesCookie({ settings }: CheckContext): boolean {
  return settings.credentials.some(([name]) => name.toLowerCase() === "cookie");
}
