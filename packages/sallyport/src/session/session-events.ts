import type { ClosedEvent, DecisionEvent, Direction, Emit } from "../events.ts";
import type { ConnectionFacts, Denial, Guard } from "../guards/guard.ts";
import { traceOf } from "../problem-of.ts";
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
  #facts: ConnectionFacts;
  #route: string;
  readonly #emit: Emit;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #records: Readonly<Record<Side, MessageRecord>> | null;

  constructor(
    { facts, route, emit, random }: SessionEventsOptions,
    records: Readonly<Record<Side, MessageRecord>> | null,
  ) {
    this.#facts = facts;
    this.#route = route;
    this.#emit = emit;
    this.#random = random;
    this.#records = records;
  }

  /** From now on it is told of the connection as another policy knows it. */
  follow(facts: ConnectionFacts, route: string): void {
    this.#facts = facts;
    this.#route = route;
  }

  /** One decision; returns its incident id. */
  decision(verdict: DecisionEvent["verdict"], direction: Direction | null, denial: Denial): string {
    const incident = incidentId(this.#random);
    const { code, detail, found } = denial;
    const { session, address, identity, trace } = this.#facts;
    const guard = code.slice(0, code.indexOf("."));
    this.#emit({
      type: "decision",
      verdict,
      incident,
      session,
      route: this.#route,
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
    const { session, address, identity, trace } = this.#facts;
    this.#emit({
      type: "closed",
      session,
      route: this.#route,
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
  const cause = traceOf(error);
  const detail = guard === undefined ? cause : `${guard.name}: ${cause}`;
  return { code: "session.guard-failed", detail };
}
