import type { ClosedEvent, DecisionEvent, Direction, Emit } from "../events.ts";
import type { ConnectionFacts, Denial, Guard } from "../guards/guard.ts";
import { incidentId } from "./incident.ts";
import type { LaneGuard } from "./lane-host.ts";
import type { MessageRecord } from "./message-record.ts";
import type { Side } from "./session-port.ts";

/** What the events of one connection have in common, and where they go. */
export interface SessionEventsOptions {
  readonly facts: ConnectionFacts;
  /** The route's label. */
  readonly route: string;
  readonly emit: Emit;
  /** Bytes from a CSPRNG: incident ids, masking keys, ping payloads. */
  readonly random: (bytes: number) => Uint8Array;
}

/** Tells what was decided about one connection, and how it ended. */
export class SessionEvents {
  #options: SessionEventsOptions;
  readonly #records: Readonly<Record<Side, MessageRecord>> | null;

  constructor(options: SessionEventsOptions, records: Readonly<Record<Side, MessageRecord>> | null) {
    this.#options = options;
    this.#records = records;
  }

  /** From now on it is told of the connection as another policy knows it. */
  follow(facts: ConnectionFacts, route: string): void {
    this.#options = { ...this.#options, facts, route };
  }

  /** One decision; returns its incident id. */
  decision(verdict: DecisionEvent["verdict"], direction: Direction | null, denial: Denial): string {
    const { facts, route, emit, random } = this.#options;
    const incident = incidentId(random);
    const { code, detail, found } = denial;
    const { session, address, identity, trace } = facts;
    const guard = code.slice(0, code.indexOf("."));
    emit({
      type: "decision",
      verdict,
      incident,
      session,
      route,
      address,
      user: identity.user,
      direction,
      guard,
      code,
      detail,
      ...(trace !== undefined && { trace }),
      ...(found === undefined ? {} : { found }),
    });
    this.#records?.application.decided(verdict, direction, { code, incident });
    // Without a direction only an end is about both: else it is about room for what the application sends.
    if (direction !== null || verdict === "close")
      this.#records?.client.decided(verdict, direction, { code, incident });
    return incident;
  }

  /** Tells guards that the connection ends. One that fails then must not keep the others from giving back what they hold. */
  end(guards: readonly LaneGuard[]): void {
    for (const { connection } of guards) {
      try {
        connection.end?.();
      } catch (error) {
        this.decision("close", null, guardFailure(error));
      }
    }
  }

  /** The end of the connection. */
  closed(
    closedBy: ClosedEvent["closedBy"],
    closeCode: number,
    counts: Pick<ClosedEvent, "durationMs" | "inbound" | "outbound">,
  ): void {
    const { facts, route, emit } = this.#options;
    const { session, address, identity, trace } = facts;
    emit({
      type: "closed",
      session,
      route,
      address,
      user: identity.user,
      closedBy,
      closeCode,
      ...counts,
      ...(trace !== undefined && { trace }),
    });
  }
}

/**
 * What the operator reads about a part of the gate that threw: its cause, and the guard where it was one. The peer gets 1011, or
 * 500 before there is a connection, and the incident.
 */
export function guardFailure(error: unknown, guard?: Guard): Denial {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const detail = guard === undefined ? cause : `${guard.name}: ${cause}`;
  return { code: "session.guard-failed", detail };
}
