import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";
import { opcodes } from "../../src/probe/frame.ts";

/** What ignores-pings is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that knows messages alone": {
      start: () => startNaive({ onFrame: ({ opcode }) => opcode === opcodes.ping }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
