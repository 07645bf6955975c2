import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";
import { opcodes } from "../../src/probe/frame.ts";

/** What masks-its-frames is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that uses what was made for clients": {
      start: () =>
        startNaive({
          onFrame({ opcode, payload }, { send }) {
            if (opcode === opcodes.ping)
              send({ opcode: "pong", payload, mask: Buffer.from("01020304", "hex") });
            return opcode === opcodes.ping;
          },
        }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
