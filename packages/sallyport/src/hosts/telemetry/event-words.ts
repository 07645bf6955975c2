import type { SallyportEvent } from "../../events.ts";

/** How much an event asks for attention. */
export type EventLevel = "info" | "warn" | "error";

/** The level of an event, as the log has it. */
export function eventLevel(event: SallyportEvent): EventLevel {
  switch (event.type) {
    case "gate":
      return event.level;
    case "admin":
      return event.status < 400 ? "info" : "warn";
    case "finding":
      return event.severity === "low" ? "info" : "warn";
    case "handshake":
    case "decision":
      return "warn";
    case "open":
    case "refresh":
    case "closed":
      return "info";
    default:
      return event satisfies never;
  }
}

/** An event in a few words, for a person who reads a list of many. */
export function eventWords(event: SallyportEvent): string {
  switch (event.type) {
    case "handshake":
      return `handshake ${event.verdict === "refuse" ? "refused" : "would have been refused"}: ${event.code}`;
    case "open":
      return "connection admitted";
    case "refresh":
      return "identity refreshed";
    case "decision":
      return `${event.verdict}: ${event.code}`;
    case "closed":
      return `connection closed by the ${event.closedBy}: ${event.closeCode}`;
    case "admin":
      return `admin call: ${event.method} ${event.path}`;
    case "finding":
      return event.sentence;
    case "gate":
      return event.message;
    default:
      return event satisfies never;
  }
}
