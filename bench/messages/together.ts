import type { ConnectionGuard, GuardServices, Message } from "../../packages/sallyport/src/guards/guard.ts";
import { leak } from "../../packages/sallyport/src/guards/leak.ts";
import { inTurns } from "../rights/in-turns.ts";
import { harmlessMessages, messageOf, openThreat, type MessageCost } from "./threat.ts";

const ROUNDS = 11;
const PER_ROUND = 4000;

async function openLeak(): Promise<ConnectionGuard> {
  // The guard uses no service, and nothing that is known of the connection.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const guard = await leak.create(leak.options.parse({}), {} as GuardServices);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const connection = guard.open?.({} as never, { wake: () => undefined });
  if (connection === undefined) throw new TypeError("the guard does not open");
  return connection;
}

/** What one harmless message costs in `threat` and in `leak`, one after the other, beside `JSON.parse` of it. */
export async function measureTogether(): Promise<readonly MessageCost[]> {
  const [incoming, outgoing] = [await openThreat(), await openLeak()];
  return Object.entries(harmlessMessages).map(([name, text]) => {
    const inbound = messageOf(text);
    const outbound: Message = { ...inbound, direction: "outbound" };
    const look = (): unknown => [incoming.message?.(inbound, 0), outgoing.message?.(outbound, 0)];
    if (outgoing.message?.(outbound, 0).verdict !== "pass") throw new Error(`${name} does not pass`);
    const parse = (): unknown => JSON.parse(inbound.text());
    const { ratio, microseconds } = inTurns({ rounds: ROUNDS, calls: PER_ROUND }, look, parse);
    return { name, bytes: inbound.size, ratio, microseconds };
  });
}
