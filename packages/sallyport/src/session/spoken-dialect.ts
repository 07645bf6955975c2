import type { DialectConnection } from "../dialects/dialect.ts";
import type { ConnectionFacts, Guard } from "../guards/guard.ts";

/** What a connection speaks: which dialect, and what is known of the talk so far. */
export interface SpokenDialect {
  readonly name: string;
  readonly connection: DialectConnection;
}

/** What a reload finds on a connection that is open. */
export interface TalkSoFar {
  /** What it spoke; `null`: nobody said. */
  readonly spoken: SpokenDialect | null;
  /** Whether any message has gone on yet. */
  readonly begun: boolean;
}

/** For a talk whose beginning nobody has read: what stands between two messages, or in the middle of something, is not known. */
const MISSED: DialectConnection = {
  read: () => ({
    ok: false,
    fault: "missed",
    problem: "the talk had begun when a reload said what it is in",
  }),
};

/**
 * The dialect that these guards say a connection speaks; `null` where they say none. Where it spoke the same one before a reload
 * it goes on with that, in the middle of whatever was being said: new limits of a dialect hold for new connections. One that needs
 * to have heard everything refuses a talk that began without it: a peer could else have it read the middle of a packet as another.
 *
 * @param before `null` for a connection that opens
 */
export function spokenDialect(
  guards: readonly Guard[],
  { request }: ConnectionFacts,
  before: TalkSoFar | null,
): SpokenDialect | null {
  const speaks = guards.find((guard) => guard.speaks !== undefined)?.speaks;
  const dialect = speaks?.choose(request.subprotocol) ?? null;
  if (dialect === null) return null;
  const { name, needs } = dialect;
  if (before?.spoken?.name === name && needs !== "nothing") return before.spoken;
  const isMissed = needs === "all" && before?.begun === true;
  return { name, connection: isMissed ? MISSED : dialect.open(request.subprotocol) };
}
