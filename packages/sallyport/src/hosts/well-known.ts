import type { Gate, ListenerContext } from "./gate.ts";
import { serveLogout } from "./logout-endpoint.ts";
import { WELL_KNOWN_PREFIX } from "./well-known-path.ts";
import { serveOwn, type OwnEndpoint } from "./own-exchange.ts";
import type { PlainExchange, PlainResponse } from "./plain-exchange.ts";
import { refreshEndpoint } from "./refresh-endpoint.ts";
import { ticketEndpoint } from "./ticket-endpoint.ts";

/** Why the gate is not ready; empty when it is. */
export function readinessProblems(gate: Gate): string[] {
  const problems = gate.draining ? ["draining"] : [];
  const shortage = gate.memory.shortage(gate.now());
  if (shortage !== null) problems.push(shortage);
  for (const listener of gate.listeners.values()) {
    const problem = listener.problem();
    if (problem !== null) problems.push(problem);
  }
  const standstill = gate.journal?.standstill(gate.now()) ?? null;
  if (standstill !== null) problems.push(standstill);
  for (const route of gate.policy.routes) {
    for (const guard of route.guards) {
      const state = guard.ready?.();
      if (state !== undefined && !state.ready)
        problems.push(`${guard.name} of ${route.id}: ${state.problem ?? "not ready"}`);
    }
  }
  return problems;
}

const endpoints: Readonly<Record<string, OwnEndpoint>> = { ticket: ticketEndpoint, refresh: refreshEndpoint };

/**
 * Serves `live`, `ready` and `jwks.json` to GET and HEAD, `ticket`, `refresh` and `logout` to POST; anything else there is 404. `ready`
 * says only whether: why not is the operator's, in the log and at the admin address. Never rejects.
 */
export async function serveWellKnown(
  gate: Gate,
  listener: ListenerContext,
  exchange: PlainExchange,
): Promise<void> {
  const { arriving, response } = exchange;
  const name = arriving.target.split("?", 1)[0]?.slice(WELL_KNOWN_PREFIX.length) ?? "";
  const endpoint = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  if (endpoint !== undefined) return await serveOwn(gate, listener, exchange, endpoint);
  if (name === "logout") return await serveLogout(gate, listener, exchange);
  if (arriving.method !== "GET" && arriving.method !== "HEAD")
    return answer(response, 405, { status: "method not allowed" }, { Allow: "GET" });
  if (name === "live") return answer(response, 200, { status: "live" });
  if (name === "ready") {
    const ready = readinessProblems(gate).length === 0;
    return answer(response, ready ? 200 : 503, { status: ready ? "ready" : "not ready" });
  }
  if (name === "jwks.json")
    return answer(response, 200, gate.statements.keySet, { "Cache-Control": "public, max-age=60" });
  answer(response, 404, { status: "not found" });
}

/** Answers with JSON. */
export function answer(
  response: PlainResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const fields = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  };
  response.writeHead(status, Object.entries(fields).flat());
  // HTTP/2 has ended by then what may carry no body.
  if (!response.writableEnded) response.end(`${JSON.stringify(body)}\n`);
}
