import { expect } from "vitest";
import type { Dialect, DialectDefinition, DialectReading, MessagePart } from "../src/dialects/dialect.ts";
import type { Direction } from "../src/events.ts";
import type { Speaks } from "../src/guards/guard.ts";
import { messageFixture } from "./message-fixture.ts";

/** A part of a message; `say` unless the test says otherwise. */
export function makePart(parts: Partial<MessagePart> = {}): MessagePart {
  return { kind: "say", name: null, id: null, data: null, json: null, operations: [], ...parts };
}

/** A dialect whose messages are the parts that a test writes as JSON: a list of parts, `"fault"` or `"limit"`. */
export function writtenDialect(name = "written", subprotocols: readonly string[] = [name]): Dialect {
  return {
    name,
    subprotocols,
    kinds: ["say", "subscribe"],
    open: () => ({
      read(message): DialectReading {
        const value: unknown = message.opcode === 1 ? message.json() : undefined;
        if (!Array.isArray(value))
          return { ok: false, fault: value === "limit" ? "limit" : "syntax", problem: "not written" };
        return { ok: true, parts: value.map((part: Partial<MessagePart>) => makePart(part)) };
      },
    }),
  };
}

/** What routes speak whose only dialect is {@link writtenDialect}. */
export function speaksWritten(): Speaks {
  const dialect = writtenDialect();
  return { dialects: [dialect], choose: () => dialect };
}

/** What one side may say: text, or bytes in a binary message. */
type Content = string | Uint8Array;

/** One connection whose messages are read by a dialect, in order. */
export interface Talk {
  /** Reads a message of the client, twice, and commits it where it is in the dialect. */
  readonly client: (content: Content) => DialectReading;
  /** The same of the server. */
  readonly server: (content: Content) => DialectReading;
  /** Reads a message, and lets it not go on. */
  readonly drop: (direction: Direction, content: Content) => DialectReading;
}

/** Opens a connection that speaks the dialect. */
export function talk<Options>(
  definition: DialectDefinition<Options>,
  options: Readonly<Record<string, unknown>> = {},
): Talk {
  const dialect = definition.create(definition.options.parse(options));
  const connection = dialect.open(null);
  const read = (direction: Direction, content: Content): DialectReading => {
    const reading = connection.read(messageFixture(content, { direction }));
    const again = connection.read(messageFixture(content, { direction }));
    expect(withoutCommit(again)).toEqual(withoutCommit(reading));
    if (reading.ok) for (const { kind } of reading.parts) expect(dialect.kinds).toContain(kind);
    return reading;
  };
  const say = (direction: Direction, content: Content): DialectReading => {
    const reading = read(direction, content);
    if (reading.ok) reading.commit?.();
    return reading;
  };
  return {
    client: (content) => say("inbound", content),
    server: (content) => say("outbound", content),
    drop: read,
  };
}

/** Its parts; fails where it is none of the dialect's. */
export function partsOf(reading: DialectReading): readonly MessagePart[] {
  if (!reading.ok) expect.fail(`${reading.fault}: ${reading.problem}`);
  return reading.parts;
}

/** Its only part. */
export function partOf(reading: DialectReading): MessagePart {
  const [part, ...others] = partsOf(reading);
  if (part === undefined || others.length > 0) expect.fail(`${others.length + 1} parts`);
  return part;
}

/** Why it is none of the dialect's, as `fault: problem`; fails where it is. */
export function faultOf(reading: DialectReading): string {
  return reading.ok
    ? expect.fail(`read as ${JSON.stringify(reading.parts)}`)
    : `${reading.fault}: ${reading.problem}`;
}

function withoutCommit(reading: DialectReading): object {
  return reading.ok ? { parts: reading.parts } : reading;
}
