import { attemptOf, NOT_ANSWERED } from "./attempt.ts";
import type { Connector } from "./connector.ts";
import type { Control } from "./control.ts";
import { headerOf } from "./probe/response-head.ts";

/** Subprotocols that servers ask for, those that are met most first. */
const KNOWN: readonly string[] = [
  "graphql-transport-ws",
  "graphql-ws",
  "vite-hmr",
  "mqtt",
  "mqttv3.1",
  "actioncable-v1-json",
  "wamp.2.json",
  "v12.stomp",
  "ocpp1.6",
  "ocpp2.0.1",
  "json-rpc",
  "jsonrpc",
  "xmpp",
  "soap",
];
/** A refusal for another reason than a subprotocol: who asks, from where, for what, and how often. */
const OTHER_REFUSALS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 401, 403, 404, 407, 429, 503]);

/**
 * A subprotocol without which the target admits nobody, found by offering all that are known and then each alone, as many at once as checks
 * run; null where none is the reason. Nothing is tried where the user gave subprotocols, where the refusal says another reason, or where nothing is ever answered.
 */
export async function findSubprotocol(connector: Connector, refused: Control): Promise<string | null> {
  const status = refused.head?.status ?? 0;
  if (connector.settings.subprotocols.length > 0 || OTHER_REFUSALS.has(status)) return null;
  if (refused.problem === NOT_ANSWERED) return null;
  const chosen = await chosenOf(connector, KNOWN);
  if (chosen !== null && (await isTaken(connector, chosen))) return chosen;
  const queue = KNOWN.filter((name) => name !== chosen).values();
  const taken: string[] = [];
  const worker = async (): Promise<void> => {
    for (const name of queue) {
      if (taken.length > 0) return;
      if (await isTaken(connector, name)) taken.push(name);
    }
  };
  await Promise.all(Array.from({ length: connector.settings.concurrency }, worker));
  return KNOWN.find((name) => taken.includes(name)) ?? null;
}

/** What the target chooses of several; null where it refuses them or chooses none. */
async function chosenOf(connector: Connector, subprotocols: readonly string[]): Promise<string | null> {
  const { probe } = await connector.open({ subprotocols });
  try {
    const chosen = probe.head?.status === 101 ? headerOf(probe.head, "sec-websocket-protocol") : null;
    return subprotocols.find((name) => name === chosen) ?? null;
  } finally {
    probe.destroy();
  }
}

/** Whether a handshake that offers it alone is admitted, answered with it, and not ended at once. */
async function isTaken(connector: Connector, name: string): Promise<boolean> {
  const { probe } = await connector.open({ subprotocols: [name] });
  try {
    const isChosen =
      attemptOf(probe).kind === "accepted" &&
      probe.head !== null &&
      headerOf(probe.head, "sec-websocket-protocol") === name;
    return isChosen && !(await probe.waitFor(() => probe.isClosed));
  } finally {
    probe.destroy();
  }
}
