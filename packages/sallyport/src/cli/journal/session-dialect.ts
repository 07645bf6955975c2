import type { Buffer } from "node:buffer";
import { builtInDialects } from "../../dialects/built-in-dialects.ts";
import type { Dialect, DialectConnection, MessagePart, ReadableMessage } from "../../dialects/dialect.ts";
import { parseJson } from "../../dialects/parse-json.ts";
import { dialect as dialectGuard, type DialectOptions, speaksOf } from "../../guards/dialect.ts";
import type { MessageRecord } from "../../journal/journal-record.ts";
import type { Config } from "../../policy/effective-config.ts";
import { routeId } from "../../policy/route-id.ts";

/** The dialects that a recorded session may have been in. */
export type DialectChoice = (subprotocol: string | null) => Dialect | null;

/** What a session's dialect makes of one of its messages. */
export type RecordedReading =
  | { readonly ok: true; readonly parts: readonly MessagePart[] }
  | { readonly ok: false; readonly problem: string };

/** Names of dialects, for `--dialect`. */
export const dialectNames: readonly string[] = builtInDialects.map(({ name }) => name);

/** The dialect of a name, with its defaults, whatever the subprotocol. */
export function namedDialect(name: string): DialectChoice {
  const definition = builtInDialects.find((known) => known.name === name);
  const made = definition?.create(definition.options.parse({})) ?? null;
  return () => made;
}

/**
 * The dialects of a route, as a configuration has them now; where it has no such route, or says nothing of one, or there is no
 * configuration, those that a subprotocol means.
 */
export function routeDialect(config: Config | null, route: string): DialectChoice {
  return writtenDialect(config?.routes.find((known) => routeId(known) === route)?.guards["dialect"]);
}

/** The dialects that a route's options mean; `undefined`: it says nothing of one. @param written options that passed the guard's schema */
export function writtenDialect(written: unknown): DialectChoice {
  // What a configuration has passed the guard's own schema.
  const options = (written ?? dialectGuard.options.parse("auto")) as DialectOptions;
  const speaks = speaksOf(options);
  return (subprotocol) => speaks.choose(subprotocol);
}

/** A recorded session, as far as a dialect reads it: every message in its order, once. */
export class SessionDialect {
  readonly #choose: DialectChoice;
  #connection: DialectConnection | null;

  constructor(choose: DialectChoice) {
    this.#choose = choose;
    this.#connection = choose(null)?.open(null) ?? null;
  }

  /** The connection was opened with this subprotocol: what was said before is forgotten. */
  opened(subprotocol: string | null): void {
    this.#connection = this.#choose(subprotocol)?.open(subprotocol) ?? null;
  }

  /** Reads a message; `null` where no dialect is known. @param payload `null` where it was not kept whole */
  read(record: MessageRecord, payload: Buffer | null): RecordedReading | null {
    if (this.#connection === null) return null;
    if (payload === null || record.truncated) {
      this.#connection.missed?.();
      return { ok: false, problem: "its content is not here as a whole" };
    }
    const reading = this.#connection.read(readable(record, payload));
    const wentOn = record.verdict !== "drop" && record.verdict !== "close";
    if (reading.ok && wentOn) reading.commit?.();
    if (!reading.ok && wentOn) this.#connection.missed?.();
    return reading.ok ? { ok: true, parts: reading.parts } : { ok: false, problem: reading.problem };
  }
}

function readable({ direction, opcode }: MessageRecord, payload: Buffer): ReadableMessage {
  const text = (): string => payload.toString();
  return {
    direction,
    opcode: opcode === "text" ? 1 : 2,
    size: payload.length,
    bytes: () => payload,
    text,
    json: () => {
      try {
        return parseJson(text());
      } catch {
        return undefined;
      }
    },
  };
}
