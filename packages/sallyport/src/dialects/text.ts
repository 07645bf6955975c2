import { z } from "zod";
import type { Dialect, DialectDefinition } from "./dialect.ts";
import { BINARY_MESSAGE, single, TEXT } from "./fault.ts";

/** Text that means nothing to anybody here, so that rules can look at it. Refuses binary messages. */
export const text: DialectDefinition<object> = {
  name: "text",
  reads: "text that is looked at as it is",
  options: z.strictObject({}),
  create(): Dialect {
    return {
      name: "text",
      subprotocols: [],
      kinds: ["text"],
      needs: "nothing",
      open: () => ({
        read: (message) =>
          message.opcode === TEXT
            ? single({
                kind: "text",
                name: null,
                id: null,
                data: message.text(),
                json: null,
                operations: [],
              })
            : BINARY_MESSAGE,
      }),
    };
  },
};
