import type { Dialect, DialectReading, MessagePart } from "../src/dialects/dialect.ts";
import type { Speaks } from "../src/guards/guard.ts";

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
