import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gate } from "./gate.ts";

/** What the gate itself serves on every listener stands under this path, and never goes to an application. */
export const WELL_KNOWN_PREFIX = "/.sallyport/";

/** Why the gate is not ready; empty when it is. */
export function readinessProblems(gate: Gate): string[] {
  const problems = gate.draining ? ["draining"] : [];
  for (const route of gate.policy.routes) {
    for (const guard of route.guards) {
      const state = guard.ready?.();
      if (state !== undefined && !state.ready)
        problems.push(`${guard.name} of ${route.id}: ${state.problem ?? "not ready"}`);
    }
  }
  return problems;
}

/**
 * Serves `live`, `ready` and `jwks.json` to GET and HEAD; anything else there is 404. `ready` says only whether: why not is
 * the operator's, in the log and at the admin address.
 */
export function serveWellKnown(gate: Gate, incoming: IncomingMessage, response: ServerResponse): void {
  const name = (incoming.url ?? "").split("?", 1)[0]?.slice(WELL_KNOWN_PREFIX.length);
  if (incoming.method !== "GET" && incoming.method !== "HEAD")
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
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(`${JSON.stringify(body)}\n`);
}
