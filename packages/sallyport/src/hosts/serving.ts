import type { AskApplication } from "./application.ts";
import { guardRequest, handleRequest } from "./forward.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import type { PlainExchange } from "./plain-exchange.ts";
import { askUpstream } from "./upstream.ts";

/** Who serves what comes to a listener of ours and the guards let pass. */
export interface Serving {
  readonly ask: AskApplication;
  /** Takes a plain request. Never rejects. */
  plain(gate: Gate, listener: ListenerContext, exchange: PlainExchange): Promise<unknown>;
}

/** The upstreams of the routes. */
export const upstreamServing: Serving = { ask: askUpstream, plain: handleRequest };

/** An application in this process: it serves WebSockets alone, so that every route has `http: refuse`. */
export function ownServing(ask: AskApplication): Serving {
  return { ask, plain: (gate, listener, exchange) => guardRequest(gate, listener, exchange) };
}
