import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";
import { opcodes } from "../../src/probe/frame.ts";

/** What accepts-data-after-close is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that answers whatever comes": {
      start: () => startNaive({ onFrame: ({ opcode }) => opcode === opcodes.close }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
