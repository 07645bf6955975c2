import type { DialectConnection } from "../dialects/dialect.ts";
import type { ConnectionFacts, Guard } from "../guards/guard.ts";

/** What a connection speaks: which dialect, and what is known of the talk so far. */
export interface SpokenDialect {
  readonly name: string;
  readonly connection: DialectConnection;
}

/**
 * The dialect that these guards say a connection speaks; `null` where they say none. Where it spoke the same one before a reload
 * it goes on with that, in the middle of whatever was being said: new limits of a dialect hold for new connections.
 */
export function spokenDialect(
  guards: readonly Guard[],
  { request }: ConnectionFacts,
  before: SpokenDialect | null,
): SpokenDialect | null {
  const speaks = guards.find((guard) => guard.speaks !== undefined)?.speaks;
  const dialect = speaks?.choose(request.subprotocol) ?? null;
  if (dialect === null) return null;
  if (before?.name === dialect.name) return before;
  return { name: dialect.name, connection: dialect.open(request.subprotocol) };
}
