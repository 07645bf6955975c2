import type { Dialect, DialectConnection } from "../dialects/dialect.ts";
import type { ConnectionFacts, Guard } from "../guards/guard.ts";

/** What a connection speaks: which dialect, and what is known of the talk so far. */
export interface SpokenDialect {
  readonly name: string;
  readonly connection: DialectConnection;
  /** Whether a message has gone on that it needed to read, and could not. */
  readonly hasMissed: boolean;
}

/** What a reload finds on a connection that is open. */
export interface TalkSoFar {
  /** What it spoke; `null`: nobody said. */
  readonly spoken: SpokenDialect | null;
  /** Whether any message has gone on yet. */
  readonly begun: boolean;
}

/** For a talk of which something was not read: what stands between two messages, or in the middle of something, is not known. */
const UNKNOWN: DialectConnection = {
  read: () => ({
    ok: false,
    fault: "missed",
    problem: "the talk was under way before this dialect was enforced, and was not read in full",
  }),
};

/**
 * The dialect that these guards say a connection speaks; `null` where they say none. Where it spoke the same one before a reload
 * it goes on with that, in the middle of whatever was being said: new limits of a dialect hold for new connections. One that needs
 * to have heard everything refuses a talk that began without it, or of which it missed something while it was observed only: a peer
 * could else have it read the middle of a packet as another.
 *
 * @param before `null` for a connection that opens
 */
export function spokenDialect(
  guards: readonly Guard[],
  { request }: ConnectionFacts,
  before: TalkSoFar | null,
): SpokenDialect | null {
  const guard = guards.find(({ speaks }) => speaks !== undefined);
  const dialect = guard?.speaks?.choose(request.subprotocol) ?? null;
  if (dialect === null) return null;
  const { name, needs } = dialect;
  const spoken = before?.spoken?.name === name && needs !== "nothing" ? before.spoken : null;
  const isUnknown = spoken === null ? needs === "all" && before?.begun === true : spoken.hasMissed;
  if (isUnknown && (spoken === null || guard?.mode === "enforce"))
    return { name, connection: UNKNOWN, hasMissed: true };
  return spoken ?? open(dialect, request.subprotocol);
}

function open(dialect: Dialect, subprotocol: string | null): SpokenDialect {
  const { name, needs } = dialect;
  const connection = dialect.open(subprotocol);
  if (needs !== "all") return { name, connection, hasMissed: false };
  let hasMissed = false;
  return {
    name,
    connection: { read: (message) => connection.read(message), missed: () => void (hasMissed = true) },
    get hasMissed() {
      return hasMissed;
    },
  };
}
