import { z } from "zod";
import type { Dialect, DialectDefinition } from "./dialect.ts";
import { single, TEXT, TEXT_MESSAGE } from "./fault.ts";

/** Bytes that mean nothing to anybody here. Refuses text messages. */
export const binary: DialectDefinition<object> = {
  name: "binary",
  reads: "bytes that mean nothing here",
  options: z.strictObject({}),
  create(): Dialect {
    return {
      name: "binary",
      subprotocols: [],
      kinds: ["binary"],
      needs: "nothing",
      open: () => ({
        read: (message) =>
          message.opcode === TEXT
            ? TEXT_MESSAGE
            : single({
                kind: "binary",
                name: null,
                id: null,
                data: message.bytes(),
                json: null,
                operations: [],
              }),
      }),
    };
  },
};
