import { opcodes } from "../../src/probe/frame.ts";
import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-odd-message is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that catches nothing": {
      start: () =>
        startNaive({
          onFrame({ opcode, payload }, { die }) {
            const isNull = opcode === opcodes.text && payload.toString("utf8") === "null";
            if (isNull) die();
            return isNull;
          },
        }),
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
  },
};
