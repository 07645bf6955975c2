import { frame } from "../../probe/frame.ts";
import type { Exchange } from "../../probe/transcript.ts";
import type { ClientContext } from "../../reverse/client-context.ts";

/** A close frame that may not be sent. */
export interface WrongClose {
  readonly name: string;
  readonly payload: Buffer;
}

/** Those close frames that the client sent back as they came, each tried on a connection of its own. */
export async function echoedBy(
  context: ClientContext,
  closes: readonly WrongClose[],
): Promise<readonly { readonly name: string; readonly exchange: Exchange }[]> {
  const echoed: { readonly name: string; readonly exchange: Exchange }[] = [];
  for (const { name, payload } of closes) {
    const visit = await context.accepted();
    visit.probe.send(frame({ opcode: "close", payload, mask: null }), `close ${name}`);
    await context.ends(visit);
    if (visit.probe.closeFrame?.payload.equals(payload) === true)
      echoed.push({ name, exchange: visit.probe.exchange(`a close frame with ${name}`) });
  }
  return echoed;
}
