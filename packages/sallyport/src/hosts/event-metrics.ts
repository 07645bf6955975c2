import type { Registry } from "prom-client";
import { errors } from "../errors.ts";
import type { AdminEvent, ClosedEvent, Emit, FindingEvent, GateEvent } from "../events.ts";
import { addCounter, addHistogram } from "./metric.ts";

/** What the RFC names; everything below 3000 that is not among them is no code (RFC 6455 7.4). */
const RFC_CODES = 1015;
const OWN_CODES: ReadonlySet<number> = new Set(Object.values(errors).map(({ close }) => close ?? 0));

/** A close code as a label: applications choose among thousands of their own, and one label for each thousand keeps the series bounded. */
export function codeLabel(code: number): string {
  if (code <= RFC_CODES || OWN_CODES.has(code)) return String(code);
  return code < 5000 ? `${Math.floor(code / 1000)}xxx` : "other";
}

/**
 * Adds what is counted of events.
 *
 * @param finished takes each connection that closes
 * @returns what takes events
 */
export function addEventMetrics(registry: Registry, finished: (event: ClosedEvent) => void): Emit {
  const handshakes = addCounter(registry, "sallyport_handshakes_total");
  const refreshes = addCounter(registry, "sallyport_refreshes_total");
  const decisions = addCounter(registry, "sallyport_decisions_total");
  const leaks = addCounter(registry, "sallyport_leaks_total");
  const closed = addCounter(registry, "sallyport_connections_closed_total");
  const duration = addHistogram(registry, "sallyport_connection_duration_seconds");
  const own = addOwnEvents(registry);
  return (event) => {
    switch (event.type) {
      case "handshake": {
        const { route, verdict, guard, code } = event;
        return handshakes.inc({ route: route ?? "", verdict, guard, code });
      }
      case "open":
        return handshakes.inc({ route: event.route, verdict: "admit", guard: "", code: "" });
      case "refresh":
        return refreshes.inc({ route: event.route });
      case "decision": {
        const { route, verdict, guard, code, direction, found = {} } = event;
        decisions.inc({ route, verdict, guard, code, direction: direction ?? "" });
        for (const [detector, count] of Object.entries(found)) leaks.inc({ route, detector, verdict }, count);
        return;
      }
      case "closed": {
        const { route, closedBy, closeCode, durationMs } = event;
        closed.inc({ route, by: closedBy, code: codeLabel(closeCode) });
        duration.observe({ route }, durationMs / 1000);
        return finished(event);
      }
      case "admin":
      case "finding":
      case "gate":
        return own(event);
      default:
        return event satisfies never;
    }
  };
}

/** A token's name is of the configuration; whom an OpenID provider names is not, and is one label. */
function nameLabel(name: string | null): string {
  return name?.startsWith("oidc:") === true ? "oidc" : (name ?? "");
}

/** What a process tells that carries no connection, too. */
export type OwnEvent = AdminEvent | FindingEvent | GateEvent;

/**
 * Adds what is counted of the gate's own life, of the use of its admin API, and of what its watch found.
 *
 * @returns what takes such events
 */
export function addOwnEvents(registry: Registry): (event: OwnEvent) => void {
  const calls = addCounter(registry, "sallyport_admin_calls_total");
  const findings = addCounter(registry, "sallyport_findings_total");
  const told = addCounter(registry, "sallyport_gate_events_total");
  // The first error is a change, too, for whoever asks by how much they grew.
  for (const level of ["info", "warn", "error"]) told.inc({ level }, 0);
  return (event) => {
    if (event.type === "gate") return told.inc({ level: event.level });
    if (event.type === "admin") return calls.inc({ name: nameLabel(event.name), status: event.status });
    const { detector, severity, answer, outcome } = event;
    findings.inc({ detector, severity, answer, outcome });
  };
}
