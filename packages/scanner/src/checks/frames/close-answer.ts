import type { CheckContext } from "../../check-context.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** A close frame that was answered by one with the same payload. */
export interface EchoedClose {
  readonly name: string;
  readonly exchange: Exchange;
}

/** Sends close frames with these payloads, each on a connection of its own; answers those whose payload came back. */
export async function echoedCloses(
  context: CheckContext,
  payloads: readonly (readonly [name: string, payload: Buffer])[],
): Promise<readonly EchoedClose[]> {
  const trials = await Promise.all(
    payloads.map(async ([name, payload]) => {
      const probe = await context.accepted();
      probe.frame({ opcode: "close", payload });
      await probe.waitFor(() => probe.isClosed);
      const isEchoed = probe.closeFrame?.payload.equals(payload) === true;
      return isEchoed ? [{ name, exchange: probe.exchange(`a close with ${name}`) }] : [];
    }),
  );
  return trials.flat();
}
