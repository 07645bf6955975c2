import { z } from "zod";
import type { Dialect, DialectDefinition, DialectReading, ReadableMessage } from "./dialect.ts";

/** Options of the dialect `json`. */
export interface JsonOptions {
  readonly name: string;
}

const options: z.ZodType<JsonOptions> = z.strictObject({
  name: z.string().default("/type").describe("Where the name of a message stands."),
});

/** Placeholder until the real one is merged. */
export const json: DialectDefinition<JsonOptions> = {
  name: "json",
  reads: "JSON texts",
  options,
  create({ name }): Dialect {
    return {
      name: "json",
      subprotocols: [],
      kinds: ["message"],
      open: () => ({
        read(message: ReadableMessage): DialectReading {
          const data = message.opcode === 1 ? message.json() : undefined;
          if (data === undefined) return { ok: false, fault: "syntax", problem: "no JSON" };
          const value: unknown =
            typeof data === "object" && data !== null ? Reflect.get(data, name.slice(1)) : null;
          const part = {
            kind: "message",
            name: typeof value === "string" ? value : null,
            id: null,
            data,
            json: message.text(),
            operations: [],
          };
          return { ok: true, parts: [part] };
        },
      }),
    };
  },
};
